"""A module called as others are."""

from coworks_runtime import TechMicroService, entry


class Shallow(TechMicroService):
    @entry(no_auth=True)
    def get_shallow(self):
        return "shallow"


app = Shallow(name="shallow")
