"""Pure: where the headers of API Gateway's own answers come from.

See "Request and response parameter-mapping data reference" in API Gateway's developer guide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from coworks_cdk.local import vtl
from coworks_cdk.local.errors import NotEmulated
from coworks_cdk.local.vtl.nodes import Reference, Text
from coworks_cdk.local.vtl.roots import CONTEXT

_REQUEST = re.compile(
    r"method\.request\.(?:header|querystring|path|multivalueheader|multivaluequerystring)\.[^.]+"
)
_CONTEXT = re.compile(r"context\.([A-Za-z]+)(?:\.[A-Za-z]\w*)*")
_STAGE_VARIABLE = re.compile(r"stageVariables\.\w+")
_KNOWN = "use 'text', method.request.PLACE.NAME, context.NAME or stageVariables.NAME"


def check_mappings(headers: Mapping[str, str], where: str) -> None:
    """Check that all headers come from where values are known here.

    :param headers: names, to expressions.
    :raises NotEmulated: naming the first that doesn't.
    """
    for name, expression in headers.items():
        context = _CONTEXT.fullmatch(expression)
        literal = len(expression) >= 2 and expression[0] == expression[-1] == "'"
        if not (
            literal
            or _REQUEST.fullmatch(expression)
            or _STAGE_VARIABLE.fullmatch(expression)
            or (context is not None and context.group(1) in CONTEXT)
        ):
            raise NotEmulated(f"the header {name} from {expression!r}", where, _KNOWN)


def check_body_template(templates: Mapping[str, str], where: str) -> str | None:
    """Give the template of a gateway response's body, which takes variables and nothing more.

    :param templates: media types to templates.
    :raises NotEmulated: for another media type than JSON, or for what isn't known here.
    """
    if not templates:
        return None
    if set(templates) != {"application/json"}:
        raise NotEmulated(f"templates for {sorted(templates)}", where, "use application/json")
    template = templates["application/json"]
    instead = "use $context and $stageVariables only"
    try:
        nodes = vtl.parse(template).nodes
    except vtl.NotUnderstood as error:
        raise NotEmulated(f"the template's {error}", where, instead) from error
    for node in nodes:
        of_context = isinstance(node, Reference) and node.name in ("context", "stageVariables")
        if not (of_context or isinstance(node, Text)):
            raise NotEmulated(f"the template's {type(node).__name__.lower()}", where, instead)
    return template
