"""A module called as others are."""

from coworks_runtime import TechMicroService, entry


class Deep(TechMicroService):
    @entry(no_auth=True)
    def get_deep(self):
        return "deep"


app = Deep(name="deep")
