"""An API's routes as resources and methods, and its own answers as resources."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway

from coworks_cdk.api.operations import JSON, Answer, Integration, Operation, Routes
from coworks_cdk.api.route_tree import RouteNode

_HEADER = "method.response.header."


def declare_methods(
    api: apigateway.RestApi,
    routes: Routes,
    authorizer: apigateway.IAuthorizer | apigateway.AuthorizationType | None,
) -> None:
    """Declare a Resource for each path part, a Method for each operation, and the own answers.

    :param authorizer: what lets the callers of protected operations in.
    """
    _Methods(routes, authorizer).declare(api.root, routes.root)
    for response in routes.responses:
        api.add_gateway_response(
            response.name,
            type=_response_type(response.type),
            status_code=response.status,
            response_headers=response.headers,
            templates={JSON: response.body},
        )


class _Methods:
    def __init__(
        self,
        routes: Routes,
        authorizer: apigateway.IAuthorizer | apigateway.AuthorizationType | None,
    ) -> None:
        self._routes = routes
        self._protected: dict[str, Any] = {"authorizer": authorizer}
        if isinstance(authorizer, apigateway.AuthorizationType):
            self._protected = {"authorization_type": authorizer}
        self._declared: list[tuple[Integration, apigateway.Integration]] = []

    def declare(self, resource: apigateway.IResource, node: RouteNode) -> None:
        """Declare what is at this resource and below it."""
        for operation in self._routes.operations(node):
            self._add(resource, operation)
        for child in node.children.values():
            self.declare(resource.add_resource(child.part), child)

    def _add(self, resource: apigateway.IResource, operation: Operation) -> None:
        options: dict[str, Any] = {"authorization_type": apigateway.AuthorizationType.NONE}
        if operation.protected:
            options = dict(self._protected)
        if operation.name:
            options["operation_name"] = operation.name
        if operation.integration.answers:
            options["method_responses"] = [
                _method_response(answer) for answer in operation.integration.answers
            ]
        integration = self._integration(operation.integration)
        method = resource.add_method(operation.method, integration, **options)
        if operation.integration.transfer_mode:
            # The CDK's own word for it is newer than the oldest aws-cdk-lib that serves.
            declared = cast("apigateway.CfnMethod", method.node.default_child)
            declared.add_property_override(
                "Integration.ResponseTransferMode", operation.integration.transfer_mode
            )

    def _integration(self, wanted: Integration) -> apigateway.Integration:
        """One object for all that are equal: each costs a message to the CDK's process."""
        for integration, declared in self._declared:
            if integration == wanted:
                return declared
        declared = _declare(wanted)
        self._declared.append((wanted, declared))
        return declared


@cache
def _response_type(name: str) -> apigateway.ResponseType:
    return apigateway.ResponseType.of(name)


def _declare(integration: Integration) -> apigateway.Integration:
    options = {
        "timeout": integration.timeout and Duration.millis(integration.timeout),
        "content_handling": _member(apigateway.ContentHandling, integration.content_handling),
        "passthrough_behavior": _member(apigateway.PassthroughBehavior, integration.passthrough),
        "request_parameters": integration.request_parameters,
        "request_templates": integration.request_templates,
        "integration_responses": [_integration_response(answer) for answer in integration.answers],
    }
    return apigateway.Integration(
        type=apigateway.IntegrationType[integration.type],
        uri=integration.uri,
        integration_http_method="POST" if integration.uri else None,
        options=apigateway.IntegrationOptions(**_given(options)),
    )


def _integration_response(answer: Answer) -> apigateway.IntegrationResponse:
    options = {
        "selection_pattern": answer.pattern,
        "content_handling": _member(apigateway.ContentHandling, answer.content_handling),
        "response_parameters": {_HEADER + name: text for name, text in answer.headers.items()},
        "response_templates": answer.templates,
    }
    return apigateway.IntegrationResponse(status_code=answer.status, **_given(options))


def _method_response(answer: Answer) -> apigateway.MethodResponse:
    headers = {_HEADER + name: True for name in answer.headers}
    return apigateway.MethodResponse(
        status_code=answer.status, **_given({"response_parameters": headers})
    )


def _member(enumeration: Any, name: str | None) -> Any:
    return None if name is None else enumeration[name]


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value}
