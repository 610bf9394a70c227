"""The preflight of a path, which the gateway answers without the function."""

from __future__ import annotations

from aws_cdk import aws_apigateway as apigateway

from coworks_cdk.api.cross_origin import origin_template, preflight_headers
from coworks_cdk.service_description import Cors


def add_preflight(resource: apigateway.IResource, methods: tuple[str, ...], cors: Cors) -> None:
    """Answer a page that asks whether it may call these methods of the path."""
    headers = preflight_headers(cors, methods)
    name = "method.response.header."
    resource.add_method(
        "OPTIONS",
        apigateway.MockIntegration(
            # With every media type binary, the mock's template is read as text only when told.
            content_handling=apigateway.ContentHandling.CONVERT_TO_TEXT,
            request_templates={"application/json": '{"statusCode":204}'},
            integration_responses=[
                apigateway.IntegrationResponse(
                    status_code="204",
                    response_parameters={name + k: f"'{v}'" for k, v in headers.items()},
                    response_templates={"application/json": origin_template(cors)},
                )
            ],
        ),
        authorization_type=apigateway.AuthorizationType.NONE,
        method_responses=[
            apigateway.MethodResponse(
                status_code="204", response_parameters={name + k: True for k in headers}
            )
        ],
    )
