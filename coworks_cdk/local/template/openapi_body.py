"""Pure: an API that is declared by one OpenAPI document, read as its resources would be.

See "OpenAPI extensions to API Gateway" in API Gateway's developer guide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from coworks_cdk.local.errors import NotEmulated
from coworks_cdk.local.template.authorizers import IAM, read_authorizer
from coworks_cdk.local.template.gateway_responses import read_gateway_response
from coworks_cdk.local.template.integrations import read_integration, refuse
from coworks_cdk.local.template.intrinsics import Resolver, physical_id
from coworks_cdk.local.template.records import Authorizer, GatewayResponse, Route

_PREFIX = "x-amazon-apigateway-"
_ANY = f"{_PREFIX}any-method"
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", _ANY})


class OpenApiBody:
    """What ``Body`` of a RestApi declares."""

    def __init__(
        self,
        resolver: Resolver,
        document: Mapping[str, Any],
        where: str,
        *,
        private: bool = False,
    ) -> None:
        """Read a document.

        :param document: unevaluated, as the template holds it.
        :param where: the API's logical id.
        :param private: whether the policy is that of a private API, which callers here fulfil.
        :raises NotEmulated: for what would be answered otherwise when deployed.
        """
        self._resolver, self._where = resolver, where
        self._document = document
        if not private:
            refuse(document, where, {f"{_PREFIX}policy": "leave out the API's resource policy"})
        refuse(
            document,
            where,
            {
                f"{_PREFIX}request-validator": "check in the service",
                f"{_PREFIX}minimum-compression-size": "compress in the service",
                f"{_PREFIX}api-key-source": "use a token authorizer",
            },
        )
        self._paths: Mapping[str, Any] = document.get("paths", {})
        self._authorizers = dict(self._read_authorizers())

    @property
    def resources(self) -> tuple[str, ...]:
        """The paths of all resources, those between them among them."""
        found = {"/"}
        for path in self._paths:
            parts = path.strip("/").split("/")
            found |= {"/" + "/".join(parts[: n + 1]) for n in range(len(parts))}
        return tuple(sorted(found))

    @property
    def binary_media_types(self) -> tuple[str, ...]:
        """The binary media types that the document names."""
        types = self._document.get(f"{_PREFIX}binary-media-types", [])
        return tuple(self._resolver.value(types, self._where))

    def routes(self) -> Iterator[Route]:
        """Give the methods."""
        for path, item in self._paths.items():
            for method, operation in item.items():
                if method in _METHODS:
                    where = f"{self._where} ({method} {path})"
                    yield Route(
                        method="ANY" if method == _ANY else method.upper(),
                        path=path.removesuffix("/") or "/",
                        resource_id=physical_id(self._where, path, length=6),
                        integration=self._integration(operation, where),
                        authorizer=self._authorizer(operation, where),
                    )

    def gateway_responses(self) -> Iterator[GatewayResponse]:
        """Give the gateway responses."""
        for type_, response in self._document.get(f"{_PREFIX}gateway-responses", {}).items():
            status = response.get("statusCode")
            value = self._resolver.value
            parameters = value(response.get("responseParameters", {}), self._where)
            templates = value(response.get("responseTemplates", {}), self._where)
            yield read_gateway_response(type_, status, parameters, templates, self._where)

    def _integration(self, operation: Mapping[str, Any], where: str) -> Any:
        refuse(operation, where, {f"{_PREFIX}request-validator": "check in the service"})
        integration = operation.get(f"{_PREFIX}integration")
        if integration is None:
            raise NotEmulated("a method without integration", where, "give it one")
        return read_integration(self._resolver, _cloudformation(integration), where)

    def _authorizer(self, operation: Mapping[str, Any], where: str) -> Authorizer | None:
        if operation.get(f"{_PREFIX}auth", {}).get("type") == "AWS_IAM":
            return IAM
        security = operation.get("security", self._document.get("security", []))
        if not security:
            return None
        names = [name for requirement in security for name in requirement]
        if len(names) != 1 or any(security[0].values()):
            raise NotEmulated(f"security {security!r}", where, "name one scheme without scopes")
        if names[0] not in self._authorizers:
            raise NotEmulated(
                f"the security scheme {names[0]!r}", where, "use a scheme with an authorizer"
            )
        return self._authorizers[names[0]]

    def _read_authorizers(self) -> Iterator[tuple[str, Authorizer]]:
        schemes = self._document.get("components", {}).get("securitySchemes", {})
        for name, scheme in {**schemes, **self._document.get("securityDefinitions", {})}.items():
            where = f"{self._where} ({name})"
            if scheme.get(f"{_PREFIX}authtype", "").lower() in ("awssigv4", "aws_iam"):
                yield name, IAM
                continue
            authorizer = scheme.get(f"{_PREFIX}authorizer")
            if authorizer is None:
                continue
            type_ = authorizer["type"].upper()
            header = f"method.request.header.{scheme.get('name', 'Authorization')}"
            source = authorizer.get("identitySource") if type_ == "REQUEST" else header
            cloudformation = {
                "Type": type_,
                "AuthorizerUri": authorizer.get("authorizerUri"),
                "IdentitySource": source or "",
                "AuthorizerResultTtlInSeconds": authorizer.get("authorizerResultTtlInSeconds", 300),
                "IdentityValidationExpression": authorizer.get("identityValidationExpression"),
            }
            own_id = physical_id(self._where, name)
            yield name, read_authorizer(self._resolver, where, own_id, cloudformation)


def _cloudformation(integration: Mapping[str, Any]) -> dict[str, Any]:
    """An integration with CloudFormation's names, which differ in their first letter alone."""
    named = {_capital(name): value for name, value in integration.items()}
    responses = named.pop("Responses", {}).items()
    return {
        **named,
        "Type": str(named.get("Type", "")).upper(),
        "IntegrationHttpMethod": named.pop("HttpMethod", None),
        "IntegrationResponses": [
            {"SelectionPattern": None if pattern == "default" else pattern}
            | {_capital(name): value for name, value in response.items()}
            for pattern, response in responses
        ],
    }


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
