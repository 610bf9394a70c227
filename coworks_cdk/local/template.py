"""Pure: stacks as they were synthesized → the records that are served."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from coworks_cdk.local import vtl
from coworks_cdk.local.assembly import StackSource
from coworks_cdk.local.errors import LocalError, NotEmulated
from coworks_cdk.local.functions import read_functions
from coworks_cdk.local.intrinsics import Resolver, resolvers
from coworks_cdk.local.permissions import Permission, read_permissions, require_permissions
from coworks_cdk.local.records import (
    Api,
    Authorizer,
    GatewayResponse,
    Lambda,
    Mock,
    Model,
    Route,
    Secret,
    Stage,
)

_NOT_SERVED = {
    "AWS::ApiGatewayV2::Api": "HTTP and WebSocket APIs",
    "AWS::CloudFormation::Stack": "nested stacks",
    "AWS::Lambda::Url": "function URLs",
    "AWS::Lambda::EventSourceMapping": "event sources",
    "AWS::Events::Rule": "event rules",
    "AWS::ApiGateway::DomainName": "custom domains",
}
_FUNCTION_URI = re.compile(r":lambda:path/2015-03-31/functions/(arn:[^/]+)/invocations$")


def read_model(sources: Sequence[StackSource]) -> Model:
    """Read what is to be served out of an assembly's stacks.

    :raises NotEmulated: for whatever would be answered otherwise when deployed.
    :raises LocalError: where the template can't work.
    """
    all_resolvers = resolvers(sources)
    functions = read_functions(all_resolvers)
    permissions = tuple(p for resolver in all_resolvers for p in read_permissions(resolver))
    apis = []
    secrets: dict[str, Secret] = {}
    notes = []
    for resolver in all_resolvers:
        for logical_id, type_ in _resources(resolver):
            if type_ == "AWS::ApiGateway::RestApi":
                apis.append(_api(resolver, logical_id, permissions))
            elif type_ == "AWS::SecretsManager::Secret":
                arn = resolver.text({"Ref": logical_id}, logical_id)
                secrets[arn] = Secret(arn, _construct(resolver, logical_id))
            elif type_ in _NOT_SERVED:
                where = f"{resolver.source.name}/{_construct(resolver, logical_id)}"
                notes.append(f"{where}: {_NOT_SERVED[type_]} are not served here")
    used = used_functions(apis)
    for arn in used:
        if arn not in functions:
            raise NotEmulated(f"the function {arn}", "RestApi", "use a function of the assembly")
        for value in functions[arn].environment.values():
            if value.startswith("arn:aws:secretsmanager:") and value not in secrets:
                secrets[value] = Secret(value, value.split(":secret:", 1)[-1])
    needed = {value for arn in used for value in functions[arn].environment.values()}
    return Model(
        apis=tuple(apis),
        functions={arn: functions[arn] for arn in used},
        secrets=tuple(secret for secret in secrets.values() if secret.arn in needed),
        notes=tuple(notes),
    )


def used_functions(apis: Sequence[Api]) -> tuple[str, ...]:
    """Give the ARNs of the functions that APIs call."""
    used: dict[str, None] = {}
    for api in apis:
        for route in api.routes:
            if isinstance(route.integration, Lambda):
                used[route.integration.function] = None
            if route.authorizer is not None:
                used[route.authorizer.function] = None
    return tuple(used)


def _resources(resolver: Resolver) -> Iterator[tuple[str, str]]:
    for logical_id, resource in resolver.source.template.get("Resources", {}).items():
        yield logical_id, resource["Type"]


def _construct(resolver: Resolver, logical_id: str) -> str:
    path = resolver.source.paths.get(logical_id, logical_id)
    return path.removesuffix("/Resource")


def _service(resolver: Resolver, logical_id: str) -> str:
    """The construct that declared the API: ``Hello`` for ``Hello/Api``."""
    construct = _construct(resolver, logical_id)
    return construct.rpartition("/")[0] or construct


def _refuse(properties: Mapping[str, Any], where: str, refused: Mapping[str, str]) -> None:
    for name, instead in refused.items():
        if properties.get(name):
            raise NotEmulated(f"{name} ({properties[name]!r})", where, instead)


def _api(resolver: Resolver, logical_id: str, permissions: Sequence[Permission]) -> Api:
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
        service=_service(resolver, logical_id),
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


def _of_api(resolver: Resolver, type_: str, api_id: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for logical_id, found in _resources(resolver):
        if found == type_:
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


def services(model: Model, wanted: Sequence[str] = (), stack: str | None = None) -> tuple[Api, ...]:
    """Give the APIs to serve, in the order of the template.

    :param wanted: construct ids, as ``Hello`` or ``Nested/Hello``; all without any.
    :param stack: one stack's only.
    :raises LocalError: where a name is unknown or nothing is left.
    """
    apis = [api for api in model.apis if stack in (None, api.stack)]
    if not apis:
        stacks = ", ".join(sorted({api.stack for api in model.apis})) or "none"
        raise LocalError(
            f"no REST API in {'the assembly' if stack is None else f'the stack {stack!r}'} "
            f"(stacks with one: {stacks})"
        )
    for name in wanted:
        if not any(_named(api, name) for api in apis):
            known = ", ".join(api.service for api in apis)
            raise LocalError(f"no service {name!r} in the assembly (services: {known})")
    if wanted:
        apis = [api for api in apis if any(_named(api, name) for name in wanted)]
    return tuple(apis)


def _named(api: Api, name: str) -> bool:
    return name in (api.service, api.service.rpartition("/")[2], f"{api.stack}/{api.service}")
