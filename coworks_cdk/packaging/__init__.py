"""Builds the assets of CoworksMicroService without Docker: layers and function sources."""

from coworks_cdk.packaging.errors import PackagingError
from coworks_cdk.packaging.layer import CoworksLayer, RequirementsLayer, requirements_layer
from coworks_cdk.packaging.sources import FunctionCode, function_code

__all__ = [
    "CoworksLayer",
    "FunctionCode",
    "PackagingError",
    "RequirementsLayer",
    "function_code",
    "requirements_layer",
]
