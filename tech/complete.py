"""The same service with its documentation, its profile and its traces."""

from coworks_runtime.extension.xray import XRay  # isort: skip - tells which package is missing
from aws_xray_sdk.core import xray_recorder

from coworks_runtime import TechMicroService, entry
from coworks_runtime.blueprint.admin_blueprint import Admin
from coworks_runtime.blueprint.profiler_blueprint import Profiler


class CompleteMicroService(TechMicroService):
    """Stores a value, and tells of itself."""

    DOC_MD = """
## Sample microservice

It stores **one value**, and gives it back.
"""

    def __init__(self, **kwargs):
        super().__init__(name="sample-complete-microservice", **kwargs)
        self.register_blueprint(Admin(), url_prefix="/admin")
        self.register_blueprint(Profiler(self), url_prefix="/profile")
        self.value = 0

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


app = CompleteMicroService()
XRay(app, xray_recorder)
