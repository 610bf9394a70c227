"""The smallest service: one public entry."""

from coworks_runtime import TechMicroService, entry


class HelloMicroService(TechMicroService):
    """Says hello."""

    @entry(no_auth=True)
    def get(self):
        """Say hello."""
        return "Hello world.\n"


app = HelloMicroService()
