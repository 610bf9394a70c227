"""Pure: what a method does with a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coworks_cdk.local import vtl
from coworks_cdk.local.errors import NotEmulated
from coworks_cdk.local.template.authorizers import function_arn
from coworks_cdk.local.template.intrinsics import Resolver
from coworks_cdk.local.template.records import Lambda, Mock


def refuse(properties: Mapping[str, Any], where: str, refused: Mapping[str, str]) -> None:
    """Refuse properties that would make deployed answers differ.

    :param refused: names, to what to do instead.
    """
    for name, instead in refused.items():
        if properties.get(name):
            raise NotEmulated(f"{name} ({properties[name]!r})", where, instead)


def read_integration(
    resolver: Resolver, integration: Mapping[str, Any], where: str
) -> Lambda | Mock:
    """Read an integration, with CloudFormation's names.

    :raises NotEmulated: for what isn't imitated.
    """
    kind = integration.get("Type")
    if kind == "AWS_PROXY":
        refuse(integration, where, {"Credentials": "give the API a Lambda permission"})
        milliseconds = integration.get("TimeoutInMillis")
        return Lambda(
            function=function_arn(resolver, integration["Uri"], where),
            seconds=None if milliseconds is None else int(milliseconds) / 1000,
        )
    if kind != "MOCK":
        raise NotEmulated(f"an integration of type {kind}", where, "use AWS_PROXY or MOCK")
    responses = integration.get("IntegrationResponses", [])
    if len(responses) != 1:
        raise NotEmulated(f"{len(responses)} integration responses", where, "give exactly one")
    (response,) = responses
    templates = response.get("ResponseTemplates") or {"application/json": ""}
    if set(templates) != {"application/json"}:
        raise NotEmulated(f"templates for {sorted(templates)}", where, "use application/json")
    template = resolver.text(templates["application/json"], where)
    try:
        vtl.parse(template)
    except vtl.NotUnderstood as error:
        raise NotEmulated(f"the template's {error}", where, "use #set and #if only") from error
    prefix = "method.response.header."
    parameters = resolver.value(response.get("ResponseParameters", {}), where)
    return Mock(
        status=int(response["StatusCode"]),
        headers={name.removeprefix(prefix): value for name, value in parameters.items()},
        template=template,
        convert_to_text=integration.get("ContentHandling") == "CONVERT_TO_TEXT",
    )
