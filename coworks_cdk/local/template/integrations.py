"""Pure: what a method does with a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coworks_cdk.local import vtl
from coworks_cdk.local.errors import NotEmulated
from coworks_cdk.local.template.authorizers import function_arn
from coworks_cdk.local.template.intrinsics import Resolver
from coworks_cdk.local.template.mapping import check_mappings
from coworks_cdk.local.template.records import Asynchronous, Lambda, Mock, MockResponse

_NEVER_MAPPED = frozenset(
    {
        "authorization",
        "connection",
        "content-length",
        "expect",
        "proxy-authenticate",
        "te",
        "transfer-encoding",
    }
)


_INVOCATION_TYPE = "integration.request.header.X-Amz-Invocation-Type"


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
        return _lambda(resolver, integration, where)
    if kind == "MOCK":
        return _mock(resolver, integration, where)
    if kind == "AWS":
        return _asynchronous(resolver, integration, where)
    raise NotEmulated(f"an integration of type {kind}", where, "use AWS_PROXY or MOCK")


def _asynchronous(resolver: Resolver, integration: Mapping[str, Any], where: str) -> Asynchronous:
    parameters = resolver.value(integration.get("RequestParameters") or {}, where)
    if parameters != {_INVOCATION_TYPE: "'Event'"}:
        raise NotEmulated(
            "an integration of type AWS that isn't an asynchronous invocation",
            where,
            f"set {_INVOCATION_TYPE} to 'Event' and nothing else, or use AWS_PROXY",
        )
    refuse(integration, where, {"Credentials": "give the API a Lambda permission"})
    if integration.get("ContentHandling") != "CONVERT_TO_TEXT":
        raise NotEmulated("a template of binary bodies", where, "use CONVERT_TO_TEXT")
    responses = integration.get("IntegrationResponses", [])
    if len(responses) != 1 or responses[0].get("SelectionPattern"):
        raise NotEmulated("responses by their patterns", where, "give one without a pattern")
    return Asynchronous(
        function=function_arn(resolver, integration["Uri"], where),
        broken=_why_broken({**integration, "RequestParameters": {}}),
        response=_mock_response(resolver, responses[0], where),
        requests=_request_templates(resolver, integration, where),
        passthrough=_passthrough(integration),
    )


def _passthrough(integration: Mapping[str, Any]) -> str:
    return str(integration.get("PassthroughBehavior") or "WHEN_NO_MATCH").upper()


def _request_templates(
    resolver: Resolver, integration: Mapping[str, Any], where: str
) -> dict[str, str]:
    templates = resolver.value(integration.get("RequestTemplates") or {}, where)
    return {name.lower(): _vtl(text, where) for name, text in templates.items()}


def _lambda(resolver: Resolver, integration: Mapping[str, Any], where: str) -> Lambda:
    refuse(
        integration,
        where,
        {
            "Credentials": "give the API a Lambda permission",
            "ContentHandling": "leave it out: the API's binary types decide",
        },
    )
    milliseconds = integration.get("TimeoutInMillis")
    streams = integration.get("ResponseTransferMode") == "STREAM"
    return Lambda(
        function=function_arn(resolver, integration["Uri"], where, streams=streams),
        seconds=None if milliseconds is None else resolver.number(milliseconds, where) / 1000,
        broken=_why_broken(integration),
        streams=streams,
    )


def _why_broken(integration: Mapping[str, Any]) -> str | None:
    """What lets every request fail when deployed (recorded 2024-03-20 and 2024-07-18).

    Other request parameters of a proxy integration do nothing.
    """
    method = integration.get("IntegrationHttpMethod") or "POST"
    if method != "POST":
        return f"its IntegrationHttpMethod is {method}: functions are called by POST alone"
    for name in integration.get("RequestParameters") or {}:
        header = name.removeprefix("integration.request.header.")
        if header != name and header.lower() in _NEVER_MAPPED:
            return f"its RequestParameters set the header {header}"
    return None


def _mock(resolver: Resolver, integration: Mapping[str, Any], where: str) -> Mock:
    handling = integration.get("ContentHandling")
    if handling not in (None, "CONVERT_TO_TEXT"):
        raise NotEmulated(f"ContentHandling {handling}", where, "use CONVERT_TO_TEXT")
    refuse(integration, where, {"RequestParameters": "a mock has no request to give them to"})
    responses = integration.get("IntegrationResponses", [])
    if not responses:
        raise NotEmulated("0 integration responses", where, "give at least one")
    return Mock(
        responses=tuple(_mock_response(resolver, response, where) for response in responses),
        requests=_request_templates(resolver, integration, where),
        passthrough=_passthrough(integration),
        convert_to_text=handling is not None,
    )


def _mock_response(resolver: Resolver, response: Mapping[str, Any], where: str) -> MockResponse:
    if response.get("ContentHandling") not in (None, "CONVERT_TO_TEXT"):
        handling = response["ContentHandling"]
        raise NotEmulated(f"ContentHandling {handling}", where, "use CONVERT_TO_TEXT")
    templates = response.get("ResponseTemplates") or {"application/json": ""}
    if set(templates) != {"application/json"}:
        raise NotEmulated(f"templates for {sorted(templates)}", where, "use application/json")
    prefix = "method.response.header."
    parameters = resolver.value(response.get("ResponseParameters", {}), where)
    headers = {name.removeprefix(prefix): value for name, value in parameters.items()}
    check_mappings(headers, where)
    return MockResponse(
        status=int(resolver.number(response["StatusCode"], where)),
        headers=headers,
        template=_vtl(resolver.text(templates["application/json"], where), where),
        pattern=resolver.pattern(response.get("SelectionPattern"), where),
    )


def _vtl(template: str, where: str) -> str:
    try:
        vtl.parse(template)
    except vtl.NotUnderstood as error:
        instead = "use what the page on parity lists of VTL"
        raise NotEmulated(f"the template's {error}", where, instead) from error
    return template
