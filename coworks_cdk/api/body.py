"""An API whose routes are one OpenAPI document, in place of resources and methods."""

from __future__ import annotations

from functools import partial
from typing import cast

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from coworks_cdk.api.apis import ApiProperties, BodyApi
from coworks_cdk.api.late_value import late_value
from coworks_cdk.api.openapi import EXTENSION, document
from coworks_cdk.api.operations import Routes

#: Arguments of the CDK's RestApi that its SpecRestApi hasn't, and the resource has.
_OF_THE_RESOURCE = ("api_key_source_type", "minimum_compression_size")

#: What is a property of the resource too. An import takes its place: what a document doesn't say
#: is lost, and routes that it doesn't have are gone, which they aren't in the other mode.
#: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-restapi.html
_SAID_TWICE = {
    "api-key-source": "api_key_source_type",
    "binary-media-types": "binary_media_types",
    "minimum-compression-size": "minimum_compression_size",
    "policy": "policy",
}


def body_api(scope: Construct, properties: ApiProperties) -> BodyApi:
    """Declare the API; its document is to follow."""
    options, endpoint = properties.options, properties.endpoint
    others = {name: value for name, value in options.items() if name not in _OF_THE_RESOURCE}
    others["parameters"] = {
        "endpointConfigurationTypes": endpoint.name,
        **others.get("parameters", {}),
    }
    # Not the id of an API with resources: CloudFormation can't turn the one into the other, and
    # makes another API where the form changes.
    api = BodyApi(
        scope,
        "Document",
        api_definition=apigateway.ApiDefinition.from_inline({"openapi": "3.0.1"}),
        rest_api_name=properties.name,
        mode=apigateway.RestApiMode.OVERWRITE,
        cloud_watch_role=False,
        deploy_options=properties.stage_options,
        **others,
    )
    # Its key is unreadable; the construct declares the outputs.
    api.node.try_remove_child("Endpoint")
    resource = _resource(api)
    resource.description = properties.description
    resource.binary_media_types = list(properties.binary_media_types)
    resource.endpoint_configuration = apigateway.CfnRestApi.EndpointConfigurationProperty(
        types=[endpoint.name],
        vpc_endpoint_ids=[one.vpc_endpoint_id for one in properties.vpc_endpoints] or None,
    )
    if "api_key_source_type" in options:
        resource.api_key_source_type = options["api_key_source_type"].name
    if "minimum_compression_size" in options:
        resource.minimum_compression_size = options["minimum_compression_size"]
    return api


def declare_body(api: BodyApi, routes: Routes, *, title: str, scheme: object | None) -> None:
    """Give the API its document.

    :param title: the API's name.
    :param scheme: what lets the callers of protected operations in.
    """
    resource = _resource(api)
    later = {
        EXTENSION + name: late_value(partial(getattr, resource, attribute))
        for name, attribute in _SAID_TWICE.items()
    }
    resource.body = {
        **document(routes, title=title, scheme=scheme),
        **later,
        "servers": late_value(lambda: _servers(resource)),
    }


def _servers(resource: apigateway.CfnRestApi) -> list[dict[str, object]] | None:
    """Where the API answers, as far as a document can say it."""
    endpoint = resource.endpoint_configuration
    said = {
        "disableExecuteApiEndpoint": resource.disable_execute_api_endpoint,
        "vpcEndpointIds": getattr(endpoint, "vpc_endpoint_ids", None),
    }
    given = {name: value for name, value in said.items() if value is not None}
    return [{"url": "/", f"{EXTENSION}endpoint-configuration": given}] if given else None


def _resource(api: BodyApi) -> apigateway.CfnRestApi:
    return cast("apigateway.CfnRestApi", api.node.default_child)
