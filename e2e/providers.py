"""CloudFormation resource providers that the embedded AWS lacks.

Runs inside the embedded AWS's process. Without the first, CloudFormation would report an
authorizer as created and skip it; without the second, a stage would stay on its first deployment.
"""

from __future__ import annotations

from typing import Any, ClassVar

from localstack.services.apigateway.resource_providers.aws_apigateway_stage import (
    ApiGatewayStageProvider,
)
from localstack.services.cloudformation.resource_provider import (
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
    ResourceProviderExecutor,
    ResourceRequest,
)

Properties = dict[str, Any]

_AUTHORIZER = "AWS::ApiGateway::Authorizer"
_WRITABLE = {
    "RestApiId": "restApiId",
    "Name": "name",
    "Type": "type",
    "ProviderARNs": "providerARNs",
    "AuthType": "authType",
    "AuthorizerUri": "authorizerUri",
    "AuthorizerCredentials": "authorizerCredentials",
    "IdentitySource": "identitySource",
    "IdentityValidationExpression": "identityValidationExpression",
    "AuthorizerResultTtlInSeconds": "authorizerResultTtlInSeconds",
}


class AuthorizerProvider(ResourceProvider[Properties]):
    """`AWS::ApiGateway::Authorizer` by API Gateway's own calls."""

    TYPE = _AUTHORIZER
    # `Ref` of an authorizer is its id alone, although its id in the schema is a pair:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-authorizer.html
    SCHEMA: ClassVar[Properties] = {
        "typeName": _AUTHORIZER,
        "properties": {name: {} for name in (*_WRITABLE, "AuthorizerId")},
        "required": ["RestApiId", "Name", "Type"],
        "createOnlyProperties": ["/properties/RestApiId"],
        "readOnlyProperties": ["/properties/AuthorizerId"],
        "primaryIdentifier": ["/properties/AuthorizerId"],
        "handlers": {},
    }

    def create(self, request: ResourceRequest[Properties]) -> ProgressEvent[Properties]:
        """Create the authorizer."""
        model = request.desired_state
        parameters = {_WRITABLE[name]: model[name] for name in _WRITABLE if name in model}
        parameters["authorizerResultTtlInSeconds"] = int(
            model.get("AuthorizerResultTtlInSeconds", 300)
        )
        created = request.aws_client_factory.apigateway.create_authorizer(**parameters)
        return _success({**model, "AuthorizerId": created["id"]})

    def update(self, request: ResourceRequest[Properties]) -> ProgressEvent[Properties]:
        """Replace each property that the template changed."""
        before = request.previous_state or {}
        model = {**request.desired_state, "AuthorizerId": before["AuthorizerId"]}
        request.aws_client_factory.apigateway.update_authorizer(
            restApiId=model["RestApiId"],
            authorizerId=model["AuthorizerId"],
            patchOperations=_replacements(_WRITABLE, before, model),
        )
        return _success(model)

    def delete(self, request: ResourceRequest[Properties]) -> ProgressEvent[Properties]:
        """Delete the authorizer."""
        model = request.desired_state
        request.aws_client_factory.apigateway.delete_authorizer(
            restApiId=model["RestApiId"], authorizerId=model["AuthorizerId"]
        )
        return _success({})


def _update_stage(
    _: ApiGatewayStageProvider, request: ResourceRequest[Properties]
) -> ProgressEvent[Properties]:
    before = request.previous_state or {}
    model = request.desired_state
    patched = {
        "DeploymentId": "deploymentId",
        "Description": "description",
        "TracingEnabled": "tracingEnabled",
    }
    request.aws_client_factory.apigateway.update_stage(
        restApiId=model["RestApiId"],
        stageName=model["StageName"],
        patchOperations=_replacements(patched, before, model),
    )
    return _success(model)


def _replacements(
    names: dict[str, str], before: Properties, after: Properties
) -> list[dict[str, str]]:
    return [
        {"op": "replace", "path": f"/{names[name]}", "value": _text(after[name])}
        for name in names
        if name in after and after[name] != before.get(name)
    ]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _success(model: Properties) -> ProgressEvent[Properties]:
    return ProgressEvent(status=OperationStatus.SUCCESS, resource_model=model)


def install() -> None:
    """Make CloudFormation use the providers of this module."""
    ApiGatewayStageProvider.update = _update_stage
    load = ResourceProviderExecutor.try_load_resource_provider

    def load_ours_first(resource_type: str) -> ResourceProvider[Properties] | None:
        return AuthorizerProvider() if resource_type == _AUTHORIZER else load(resource_type)

    ResourceProviderExecutor.try_load_resource_provider = staticmethod(load_ours_first)
