"""One public entry."""

from coworks_runtime import TechMicroService, entry


class Minimal(TechMicroService):
    @entry(no_auth=True)
    def get(self):
        return "minimal"


app = Minimal(name="minimal")
