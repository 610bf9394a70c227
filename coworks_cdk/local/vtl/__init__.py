"""Pure: the part of API Gateway's template language (VTL) that is known here.

``parse`` refuses what is more of VTL than that, so that no template is answered by guesswork;
``render`` runs one.
"""

from coworks_cdk.local.vtl.errors import Failed, NotUnderstood
from coworks_cdk.local.vtl.parsing import Template, parse
from coworks_cdk.local.vtl.rendering import render
from coworks_cdk.local.vtl.roots import Input, Util

__all__ = ["Failed", "Input", "NotUnderstood", "Template", "Util", "parse", "render"]
