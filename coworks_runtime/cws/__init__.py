"""The ``cws`` command: serve a service, make a project, deploy it with the CDK's own command.

It is Flask's command line with a stage and a project folder. It never imports the CDK, and it is
no part of what a function takes to Lambda.
"""

from .errors import CwsError
from .group import CwsGroup, cws, main
from .script_info import CwsScriptInfo

__all__ = ["CwsError", "CwsGroup", "CwsScriptInfo", "cws", "main"]
