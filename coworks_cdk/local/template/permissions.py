"""Pure: which functions an API may call, as Lambda's permissions say.

API Gateway answers 500 where a permission is missing, and nothing of a synth tells; here such a
stack is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coworks_cdk.local.arn_pattern import matches
from coworks_cdk.local.errors import LocalError
from coworks_cdk.local.template.intrinsics import Resolver
from coworks_cdk.local.template.records import Api, Lambda


@dataclass(frozen=True)
class Permission:
    """What API Gateway may call, and for whom."""

    function: str
    source: str
    """The pattern of the caller's ARN."""


def read_permissions(resolver: Resolver) -> Iterator[Permission]:
    """Give the permissions that a stack grants to API Gateway."""
    for logical_id, resource in resolver.source.template.get("Resources", {}).items():
        if resource["Type"] == "AWS::Lambda::Permission":
            properties = resource["Properties"]
            if resolver.text(properties["Principal"], logical_id) == "apigateway.amazonaws.com":
                yield Permission(
                    function=resolver.text(properties["FunctionName"], logical_id),
                    source=resolver.text(properties.get("SourceArn", "*"), logical_id),
                )


def require_permissions(api: Api, permissions: Sequence[Permission]) -> None:
    """Check that the API may call all of its functions.

    :raises LocalError: naming the first method or authorizer that would be answered by a 500.
    """
    base = f"arn:aws:execute-api:{api.region}:{api.account}:{api.id}"
    for route in api.routes:
        if isinstance(route.integration, Lambda):
            method = "*" if route.method == "ANY" else route.method
            for stage in api.stages:
                caller = f"{base}/{stage.name}/{method}{route.path}"
                _require(permissions, route.integration.function, caller, api, route.path)
        if route.authorizer is not None and route.authorizer.function is not None:
            caller = f"{base}/authorizers/{route.authorizer.id}"
            _require(permissions, route.authorizer.function, caller, api, "its authorizer")


def _require(
    permissions: Sequence[Permission], function: str, caller: str, api: Api, what: str
) -> None:
    # NAME, or NAME:ALIAS, which a permission of the function itself is none for.
    name = function.split(":", 6)[6]
    for permission in permissions:
        named = permission.function in (function, name)
        if named and matches(permission.source, caller):
            return
    raise LocalError(
        f"{api.stack}/{api.service}: no AWS::Lambda::Permission lets {what} ({caller}) call the "
        f"function {name}; deployed it would answer 500"
    )
