"""The kinds of values that only a service has: its module, its Python, its layers."""

from __future__ import annotations

import re

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_

from coworks_cdk.asked_once import name_of
from coworks_cdk.props.kinds import Kind, Unfit, has, is_late, shown

_APP = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*(:[^\W\d]\w*)?")
_RUNTIME = re.compile(r"python3\.(1[1-9]|[2-9][0-9])")
_LAYER_VERSION = re.compile(r"arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:layer:[a-zA-Z0-9_-]+:\d+")


def module() -> Kind[str]:
    """``module`` or ``module:attribute``, without the ``.py`` of its file."""

    def read(given: object) -> str:
        allowed = "'module' or 'module:attribute', names of Python"
        if not isinstance(given, str) or not _APP.fullmatch(given):
            raise Unfit(shown(given), allowed)
        name, colon, attribute = given.partition(":")
        if name.endswith(".py"):
            without = f"{name.removesuffix('.py')}{colon}{attribute}"
            raise Unfit(repr(given), f"{without!r}, the module's name without '.py'")
        return given

    return Kind(str, read)


def python_runtime() -> Kind[lambda_.Runtime]:
    """A Python of Lambda that ``coworks_runtime`` runs on."""

    def read(given: object) -> lambda_.Runtime:
        if not isinstance(given, lambda_.Runtime):
            raise Unfit(shown(given), "a Runtime, as lambda_.Runtime.PYTHON_3_13")
        if not _RUNTIME.fullmatch(name_of(given)):
            raise Unfit(shown(given.name), "Python 3.11 or later")
        return given

    return Kind(lambda_.Runtime, read)


def layer() -> Kind[lambda_.ILayerVersion | str]:
    """A version of a layer, or its ARN."""

    def read(given: object) -> lambda_.ILayerVersion | str:
        arn = given if isinstance(given, str) else _arn(given)
        if not (is_late(arn) or (isinstance(arn, str) and _LAYER_VERSION.fullmatch(arn))):
            raise Unfit(
                shown(arn or given),
                "a layer's version, or its ARN (arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION)",
            )
        return given  # type: ignore[return-value]  # one of the two

    return Kind(lambda_.ILayerVersion | str, read)


def authorization() -> Kind[apigateway.IAuthorizer | apigateway.AuthorizationType]:
    """Who lets callers in, in place of the service's own authorizer."""

    def read(given: object) -> apigateway.IAuthorizer | apigateway.AuthorizationType:
        if given is not apigateway.AuthorizationType.IAM and not has(given, "authorizer_id"):
            raise Unfit(
                shown(given),
                "an authorizer of API Gateway (CognitoUserPoolsAuthorizer, RequestAuthorizer, "
                "TokenAuthorizer), or AuthorizationType.IAM",
            )
        return given  # type: ignore[return-value]  # one of the two

    return Kind(apigateway.IAuthorizer | apigateway.AuthorizationType, read)


def _arn(layer: object) -> object:
    return getattr(layer, "layer_version_arn") if has(layer, "layer_version_arn") else None  # noqa: B009
