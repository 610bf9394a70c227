"""An API as one OpenAPI document with API Gateway's extensions. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from coworks_cdk.api.operations import JSON, Answer, Integration, Operation, Routes
from coworks_cdk.api.route_tree import RouteNode, is_variable, parts_of

Document = dict[str, Any]

#: What the names of API Gateway's extensions begin with.
EXTENSION = "x-amazon-apigateway-"
_SCHEME = "authorizer"

#: How a scheme says that it isn't of a function.
_AUTHENTICATION = {"AWS_IAM": "awsSigv4", "COGNITO_USER_POOLS": "cognito_user_pools"}


@dataclass(frozen=True, slots=True)
class Authorizer:
    """What lets the callers of protected operations in.

    https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html

    :param type: ``TOKEN``, ``REQUEST``, ``COGNITO_USER_POOLS`` or ``AWS_IAM``.
    :param uri: the function that is asked.
    :param credentials: the role that it is asked with.
    :param identity_source: what tells callers apart, as ``method.request.header.Authorization``.
    :param validation: what a token has to be like before the function is asked.
    :param ttl: seconds that an answer is kept.
    :param pools: the ARNs of user pools.
    """

    type: str
    uri: str | None = None
    credentials: str | None = None
    identity_source: str | None = None
    validation: str | None = None
    ttl: float | None = None
    pools: list[str] | None = None

    @property
    def scheme(self) -> Document:
        """The security scheme."""
        header = "method.request.header."
        source = self.identity_source or ""
        named = self.type != "REQUEST" and source.startswith(header)
        scheme: Document = {
            "type": "apiKey",
            "name": source.removeprefix(header) if named else "Authorization",
            "in": "header",
            f"{EXTENSION}authtype": _AUTHENTICATION.get(self.type, "custom"),
        }
        if self.type != "AWS_IAM":
            scheme[f"{EXTENSION}authorizer"] = _given(
                {
                    "type": self.type.lower(),
                    "authorizerUri": self.uri,
                    "authorizerCredentials": self.credentials,
                    "identitySource": None if named else self.identity_source,
                    "identityValidationExpression": self.validation,
                    "authorizerResultTtlInSeconds": self.ttl,
                    "providerARNs": self.pools,
                }
            )
        return scheme


def document(routes: Routes, *, title: str, scheme: object | None) -> Document:
    """What an API serves.

    :param title: the API's name.
    :param scheme: the security scheme of protected operations, where there are any.
    """
    names = Counter(
        operation.name for node in routes.root.walk() for operation in routes.operations(node)
    )
    body: Document = {
        "openapi": "3.0.1",
        "info": {"title": title, "version": "1"},
        "paths": {
            node.path: dict(_operations(routes, node, names))
            for node in routes.root.walk()
            if node.entries
        },
        f"{EXTENSION}gateway-responses": {
            response.type: _given(
                {
                    "statusCode": response.status,
                    "responseParameters": {
                        f"gatewayresponse.header.{name}": text
                        for name, text in response.headers.items()
                    },
                    "responseTemplates": {JSON: response.body},
                }
            )
            for response in routes.responses
        },
    }
    if scheme is not None:
        body["components"] = {"securitySchemes": {_SCHEME: scheme}}
    return body


def _operations(
    routes: Routes, node: RouteNode, names: Mapping[str | None, int]
) -> Iterator[tuple[str, Document]]:
    for operation in routes.operations(node):
        # An endpoint that answers several methods is one name of the service, and several here.
        several = names[operation.name] > 1
        name = f"{operation.name}.{operation.method.lower()}" if several else operation.name
        said: Document = {
            "operationId": name if operation.name else None,
            "parameters": [_parameter(part) for part in parts_of(node.path) if is_variable(part)],
            "security": [{_SCHEME: []}] if operation.protected else None,
        }
        yield (
            operation.method.lower(),
            {
                **_given(said),
                "responses": _responses(operation),
                f"{EXTENSION}integration": _integration(operation.integration),
            },
        )


def _parameter(part: str) -> Document:
    name = part.strip("{}").removesuffix("+")
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _responses(operation: Operation) -> Document:
    answers = operation.integration.answers or (Answer("200"),)
    return {answer.status: _response(answer) for answer in answers}


def _response(answer: Answer) -> Document:
    headers = {name: {"schema": {"type": "string"}} for name in answer.headers}
    return {"description": answer.status, **_given({"headers": headers})}


def _integration(integration: Integration) -> Document:
    return _given(
        {
            "type": integration.type.lower(),
            "httpMethod": "POST" if integration.uri else None,
            "uri": integration.uri,
            "timeoutInMillis": integration.timeout,
            "contentHandling": integration.content_handling,
            "passthroughBehavior": integration.passthrough and integration.passthrough.lower(),
            "requestParameters": integration.request_parameters,
            "requestTemplates": integration.request_templates,
            "responses": {
                answer.pattern or "default": _answer(answer) for answer in integration.answers
            },
            "responseTransferMode": integration.transfer_mode,
        }
    )


def _answer(answer: Answer) -> Document:
    return _given(
        {
            "statusCode": answer.status,
            "contentHandling": answer.content_handling,
            "responseParameters": {
                f"method.response.header.{name}": text for name, text in answer.headers.items()
            },
            "responseTemplates": answer.templates,
        }
    )


def _given(values: Mapping[str, Any]) -> Document:
    return {name: value for name, value in values.items() if value or value == 0}
