"""The same service with XRay registered."""

from aws_xray_sdk.core import xray_recorder
from coworks_runtime.extension.xray import XRay

from ours import handler

XRay(handler, xray_recorder)
