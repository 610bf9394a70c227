"""The CDK's REST APIs, as services have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn, cast

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_ec2 as ec2


@dataclass(frozen=True)
class ApiProperties:
    """What an API is declared with, whatever its routes are made of.

    :param options: further arguments of the CDK's ``RestApi``.
    """

    name: str
    description: str | None
    endpoint: apigateway.EndpointType
    vpc_endpoints: Sequence[ec2.IVpcEndpoint]
    binary_media_types: Sequence[str]
    stage_options: apigateway.StageOptions
    options: Mapping[str, Any]


class SaltedDeployment(apigateway.Deployment):
    """The CDK's deployment, which remembers what is added to its id.

    The CDK keeps that to itself. An API's deployment is made by the CDK: see
    ``ServiceApi.latest_deployment``.
    """

    @cached_property
    def salts(self) -> list[object]:
        """What was added to the id, and isn't a part of the API."""
        return []

    def add_to_logical_id(self, data: Any) -> None:
        """Give a new deployment when ``data`` changes, as well as when the API does."""
        super().add_to_logical_id(data)
        self.salts.append(data)


class ServiceApi(apigateway.RestApi):
    """The CDK's REST API, whose deployment is one object, however often it is asked for.

    So is the token that its id is.
    """

    # No override for the CDK's own calls, which would cost a message between two processes each:
    # jsii takes a property for one, and not a cached property.
    @cached_property
    def latest_deployment(self) -> SaltedDeployment:
        """The deployment that the stage serves."""
        return _salted(super().latest_deployment)

    @cached_property
    def rest_api_id(self) -> str:
        """The API's id, which CloudFormation makes."""
        return super().rest_api_id


class BodyApi(apigateway.SpecRestApi):
    """The CDK's REST API of an OpenAPI document, likewise."""

    @cached_property
    def latest_deployment(self) -> SaltedDeployment:
        """The deployment that the stage serves."""
        return _salted(super().latest_deployment)

    @cached_property
    def rest_api_id(self) -> str:
        """The API's id, which CloudFormation makes."""
        return super().rest_api_id

    @cached_property
    def root(self) -> apigateway.IResource:
        """Nothing can be added to."""
        raise self._refused("root")

    def __getattr__(self, name: str) -> NoReturn:
        """What the CDK's ``RestApi`` has besides is of resources and methods."""
        if hasattr(apigateway.RestApi, name):
            raise self._refused(name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _refused(self, name: str) -> AttributeError:
        return AttributeError(
            f"{self.node.path}: `{name}` isn't there: the API is one OpenAPI document "
            '(api_body="openapi"), and its next import removes what is declared beside it. Declare '
            "an entry in the service, override a part of the document "
            '(`api.node.default_child.add_property_override("Body.paths...", ...)`), or leave out '
            "`api_body`."
        )


def _salted(deployment: object) -> SaltedDeployment:
    # The API is created with `deploy`: it has one.
    salted = cast("SaltedDeployment", deployment)
    salted.__class__ = SaltedDeployment
    return salted
