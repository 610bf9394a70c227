"""A service with a state and a token."""

from coworks_runtime import TechMicroService, entry


class FirstMicroService(TechMicroService):
    """Stores a value."""

    def __init__(self, **kwargs):
        super().__init__(name="sample-first-microservice", **kwargs)
        self.value = 0

    def token_authorizer(self, token):
        """Accept one token."""
        return token == "token"

    @entry
    def get(self):
        """Tell the stored value."""
        return f"Stored value {self.value}.\n"

    @entry
    def post(self, value=None):
        """Store a value.

        :param value: the value to store.
        """
        if value is not None:
            self.value = value
        return f"Value stored ({value}).\n"


app = FirstMicroService()
