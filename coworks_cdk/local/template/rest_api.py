"""Pure: a REST API of a template, with all that belongs to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from coworks_cdk.local.errors import NotEmulated
from coworks_cdk.local.template.authorizers import IAM, read_authorizer
from coworks_cdk.local.template.gateway_responses import read_gateway_response
from coworks_cdk.local.template.integrations import read_integration, refuse
from coworks_cdk.local.template.intrinsics import Resolver
from coworks_cdk.local.template.openapi_body import OpenApiBody
from coworks_cdk.local.template.permissions import Permission, require_permissions
from coworks_cdk.local.template.records import (
    Api,
    Authorizer,
    GatewayResponse,
    Route,
    Stage,
)
from coworks_cdk.local.template.resource_tree import check_resources

_AUTHORIZATION = ("NONE", "CUSTOM", "COGNITO_USER_POOLS", "AWS_IAM")


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
    refuse(
        properties,
        logical_id,
        {
            "BodyS3Location": "give the document itself as Body",
            "MinimumCompressionSize": "compress in the service",
            "ApiKeySourceType": "use a token authorizer",
        },
    )
    endpoint = properties.get("EndpointConfiguration", {}).get("Types", ("EDGE",))
    private = "PRIVATE" in endpoint
    if not private:
        refuse(properties, logical_id, {"Policy": "leave out the API's resource policy"})
    api_id = resolver.text({"Ref": logical_id}, logical_id)
    paths = dict(_resource_paths(resolver, api_id, logical_id))
    stages = tuple(_stages(resolver, api_id))
    authorizers = {a.id: a for a in _authorizers(resolver, api_id)}
    routes = list(_routes(resolver, api_id, paths, authorizers))
    resources = set(paths.values())
    responses = list(_gateway_responses(resolver, api_id))
    binary = tuple(resolver.value(properties.get("BinaryMediaTypes", []), logical_id))
    if properties.get("Body"):
        body = OpenApiBody(resolver, properties["Body"], logical_id, private=private)
        routes += body.routes()
        resources.update(body.resources)
        responses = [*body.gateway_responses(), *responses]
        binary = binary or body.binary_media_types
    check_resources(resources, logical_id)
    api = Api(
        logical_id=logical_id,
        id=api_id,
        service=service,
        stack=resolver.source.name,
        region=resolver.source.region,
        account=resolver.source.account,
        routes=tuple(routes),
        resources=tuple(sorted(resources)),
        stages=stages,
        responses={r.type: r for r in responses},
        binary_media_types=binary,
        private=private,
        edge="EDGE" in endpoint,
    )
    require_permissions(api, permissions)
    return api


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
        own_id = resolver.text({"Ref": logical_id}, logical_id)
        yield read_authorizer(resolver, logical_id, own_id, properties)


def _routes(
    resolver: Resolver,
    api_id: str,
    paths: Mapping[str, str],
    authorizers: Mapping[str, Authorizer],
) -> Iterator[Route]:
    for logical_id, properties in _of_api(resolver, "AWS::ApiGateway::Method", api_id):
        refuse(
            properties,
            logical_id,
            {
                "ApiKeyRequired": "use a token authorizer",
                "RequestValidatorId": "check in the service",
                "AuthorizationScopes": "check scopes in the service",
            },
        )
        kind = properties.get("AuthorizationType", "NONE")
        if kind not in _AUTHORIZATION:
            instead = f"use one of {', '.join(_AUTHORIZATION)}"
            raise NotEmulated(f"AuthorizationType {kind}", logical_id, instead)
        resource_id = resolver.text(properties["ResourceId"], logical_id)
        authorizer = IAM if kind == "AWS_IAM" else None
        if kind in ("CUSTOM", "COGNITO_USER_POOLS"):
            authorizer = authorizers[resolver.text(properties["AuthorizerId"], logical_id)]
        yield Route(
            method=properties["HttpMethod"],
            path=paths[resource_id],
            resource_id=resource_id[-6:],
            integration=read_integration(resolver, properties.get("Integration", {}), logical_id),
            authorizer=authorizer,
        )


def _gateway_responses(resolver: Resolver, api_id: str) -> Iterator[GatewayResponse]:
    for logical_id, properties in _of_api(resolver, "AWS::ApiGateway::GatewayResponse", api_id):
        status = resolver.value(properties.get("StatusCode"), logical_id)
        parameters = resolver.value(properties.get("ResponseParameters", {}), logical_id)
        templates = resolver.value(properties.get("ResponseTemplates", {}), logical_id)
        kind = properties["ResponseType"]
        yield read_gateway_response(kind, status, parameters, templates, logical_id)


_LIMITS = ("ThrottlingRateLimit", "ThrottlingBurstLimit")


def _stages(resolver: Resolver, api_id: str) -> Iterator[Stage]:
    for logical_id, properties in _of_api(resolver, "AWS::ApiGateway::Stage", api_id):
        refuse(
            properties,
            logical_id,
            {"CacheClusterEnabled": "leave out the cache", "CanarySetting": "leave it out"},
        )
        settings = properties.get("MethodSettings", [])
        whole = {"ResourcePath": "/*", "HttpMethod": "*"}
        general: dict[str, Any] = next(
            (one for one in settings if whole.items() <= one.items()), {}
        )
        for setting in settings:
            refuse(setting, logical_id, {"CachingEnabled": "leave out the cache"})
            # A method whose metrics are asked for repeats the stage's limits.
            limits = {name: setting[name] for name in _LIMITS if name in setting}
            if limits and any(general.get(name) != limit for name, limit in limits.items()):
                raise NotEmulated("throttling of one method", logical_id, "throttle the stage")
        rate = resolver.number(general.get("ThrottlingRateLimit", Stage.rate), logical_id)
        burst = resolver.number(general.get("ThrottlingBurstLimit", Stage.burst), logical_id)
        yield Stage(
            name=resolver.text(properties["StageName"], logical_id),
            deployment_id=resolver.text(properties["DeploymentId"], logical_id)[-6:],
            variables=resolver.value(properties.get("Variables"), logical_id),
            rate=rate,
            burst=int(burst),
        )
