"""Pure: a REST API of a template, with all that belongs to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from coworks_cdk.local import vtl
from coworks_cdk.local.errors import NotEmulated
from coworks_cdk.local.template.intrinsics import Resolver
from coworks_cdk.local.template.permissions import Permission, require_permissions
from coworks_cdk.local.template.records import (
    Api,
    Authorizer,
    GatewayResponse,
    Lambda,
    Mock,
    Route,
    Stage,
)

_FUNCTION_URI = re.compile(r":lambda:path/2015-03-31/functions/(arn:[^/]+)/invocations$")


def read_api(
    resolver: Resolver, logical_id: str, service: str, permissions: Sequence[Permission]
) -> Api:
    """Read an API.

    :param logical_id: the RestApi's.
    :param service: what the user calls it.
    :param permissions: of all stacks.
    :raises NotEmulated: for what would be answered otherwise when deployed.
    :raises LocalError: where the API may not call a function.
    """
    properties = resolver.properties(logical_id)
    _refuse(
        properties,
        logical_id,
        {
            "Body": "declare resources and methods",
            "BodyS3Location": "declare resources and methods",
            "Policy": "leave out the API's resource policy",
            "MinimumCompressionSize": "compress in the service",
            "ApiKeySourceType": "use a token authorizer",
        },
    )
    api_id = resolver.text({"Ref": logical_id}, logical_id)
    paths = dict(_resource_paths(resolver, api_id, logical_id))
    authorizers = {a.id: a for a in _authorizers(resolver, api_id)}
    api = Api(
        logical_id=logical_id,
        id=api_id,
        service=service,
        stack=resolver.source.name,
        region=resolver.source.region,
        account=resolver.source.account,
        routes=tuple(_routes(resolver, api_id, paths, authorizers)),
        resources=tuple(sorted(paths.values())),
        stages=tuple(_stages(resolver, api_id)),
        responses={r.type: r for r in _gateway_responses(resolver, api_id)},
        binary_media_types=tuple(
            resolver.value(properties.get("BinaryMediaTypes", []), logical_id)
        ),
    )
    require_permissions(api, permissions)
    return api


def _refuse(properties: Mapping[str, Any], where: str, refused: Mapping[str, str]) -> None:
    for name, instead in refused.items():
        if properties.get(name):
            raise NotEmulated(f"{name} ({properties[name]!r})", where, instead)


def _of_api(resolver: Resolver, type_: str, api_id: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for logical_id, resource in resolver.source.template["Resources"].items():
        if resource["Type"] == type_:
            properties = resolver.properties(logical_id)
            if resolver.text(properties["RestApiId"], logical_id) == api_id:
                yield logical_id, properties


def _resource_paths(resolver: Resolver, api_id: str, api: str) -> Iterator[tuple[str, str]]:
    """Resource ids to paths."""
    root = resolver.text({"Fn::GetAtt": [api, "RootResourceId"]}, api)
    parents: dict[str, tuple[str, str]] = {}
    for logical_id, properties in _of_api(resolver, "AWS::ApiGateway::Resource", api_id):
        own = resolver.text({"Ref": logical_id}, logical_id)
        parent = resolver.text(properties["ParentId"], logical_id)
        parents[own] = (parent, resolver.text(properties["PathPart"], logical_id))
    yield root, "/"
    for own in parents:
        parts: list[str] = []
        current = own
        while current != root:
            current, part = parents[current]
            parts.append(part)
        yield own, "/" + "/".join(reversed(parts))


def _authorizers(resolver: Resolver, api_id: str) -> Iterator[Authorizer]:
    for logical_id, properties in _of_api(resolver, "AWS::ApiGateway::Authorizer", api_id):
        if properties["Type"] != "TOKEN":
            raise NotEmulated(
                f"an authorizer of type {properties['Type']}", logical_id, "use a TOKEN authorizer"
            )
        source = resolver.text(properties["IdentitySource"], logical_id)
        yield Authorizer(
            logical_id=logical_id,
            id=resolver.text({"Ref": logical_id}, logical_id),
            function=_function_arn(resolver, properties["AuthorizerUri"], logical_id),
            header=source.removeprefix("method.request.header."),
            ttl=int(properties.get("AuthorizerResultTtlInSeconds", 300)),
            pattern=properties.get("IdentityValidationExpression"),
        )


def _function_arn(resolver: Resolver, uri: Any, where: str) -> str:
    text = resolver.text(uri, where)
    found = _FUNCTION_URI.search(text)
    if found is None:
        raise NotEmulated(f"the URI {text!r}", where, "name a Lambda function")
    return found.group(1)


def _routes(
    resolver: Resolver,
    api_id: str,
    paths: Mapping[str, str],
    authorizers: Mapping[str, Authorizer],
) -> Iterator[Route]:
    for logical_id, properties in _of_api(resolver, "AWS::ApiGateway::Method", api_id):
        _refuse(
            properties,
            logical_id,
            {
                "ApiKeyRequired": "use a token authorizer",
                "RequestValidatorId": "check in the service",
                "AuthorizationScopes": "use a token authorizer",
            },
        )
        kind = properties.get("AuthorizationType", "NONE")
        if kind not in ("NONE", "CUSTOM"):
            raise NotEmulated(f"AuthorizationType {kind}", logical_id, "use NONE or CUSTOM")
        resource_id = resolver.text(properties["ResourceId"], logical_id)
        authorizer = None
        if kind == "CUSTOM":
            authorizer = authorizers[resolver.text(properties["AuthorizerId"], logical_id)]
        yield Route(
            method=properties["HttpMethod"],
            path=paths[resource_id],
            resource_id=resource_id[-6:],
            integration=_integration(resolver, properties.get("Integration", {}), logical_id),
            authorizer=authorizer,
        )


def _integration(resolver: Resolver, integration: Mapping[str, Any], where: str) -> Lambda | Mock:
    kind = integration.get("Type")
    if kind == "AWS_PROXY":
        _refuse(integration, where, {"Credentials": "give the API a Lambda permission"})
        return Lambda(_function_arn(resolver, integration["Uri"], where))
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


def _gateway_responses(resolver: Resolver, api_id: str) -> Iterator[GatewayResponse]:
    for logical_id, properties in _of_api(resolver, "AWS::ApiGateway::GatewayResponse", api_id):
        status = properties.get("StatusCode")
        prefix = "gatewayresponse.header."
        parameters = resolver.value(properties.get("ResponseParameters", {}), logical_id)
        templates = resolver.value(properties.get("ResponseTemplates", {}), logical_id)
        yield GatewayResponse(
            type=properties["ResponseType"],
            status=None if status is None else int(status),
            headers={name.removeprefix(prefix): value for name, value in parameters.items()},
            template=templates.get("application/json"),
        )


def _stages(resolver: Resolver, api_id: str) -> Iterator[Stage]:
    for logical_id, properties in _of_api(resolver, "AWS::ApiGateway::Stage", api_id):
        _refuse(
            properties,
            logical_id,
            {"CacheClusterEnabled": "leave out the cache", "CanarySetting": "leave it out"},
        )
        rate, burst = Stage.rate, Stage.burst
        for setting in properties.get("MethodSettings", []):
            _refuse(setting, logical_id, {"CachingEnabled": "leave out the cache"})
            if "ThrottlingRateLimit" not in setting and "ThrottlingBurstLimit" not in setting:
                continue
            if (setting["ResourcePath"], setting["HttpMethod"]) != ("/*", "*"):
                raise NotEmulated("throttling of one method", logical_id, "throttle the stage")
            rate = float(setting.get("ThrottlingRateLimit", rate))
            burst = int(setting.get("ThrottlingBurstLimit", burst))
        yield Stage(
            name=resolver.text(properties["StageName"], logical_id),
            deployment_id=resolver.text(properties["DeploymentId"], logical_id)[-6:],
            variables=resolver.value(properties.get("Variables"), logical_id),
            rate=rate,
            burst=burst,
        )
