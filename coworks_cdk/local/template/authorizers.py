"""Pure: who decides on an API's requests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from coworks_cdk.local.errors import NotEmulated
from coworks_cdk.local.template.intrinsics import Resolver
from coworks_cdk.local.template.records import Authorizer, Kind

_FUNCTION_URI = re.compile(r":lambda:path/2015-03-31/functions/(arn:[^/]+)/invocations$")
_STREAM_URI = re.compile(
    r":lambda:path/2021-11-15/functions/(arn:[^/]+)/response-streaming-invocations$"
)
_KINDS: Mapping[str, Kind] = {
    "TOKEN": "TOKEN",
    "REQUEST": "REQUEST",
    "COGNITO_USER_POOLS": "COGNITO",
}
_SOURCE = re.compile(r"(method\.request\.(header|querystring)|context|stageVariables)\.[^,]+")

IAM = Authorizer(logical_id="AWS_IAM", id="AWS_IAM", kind="IAM")
"""What stands for ``AuthorizationType: AWS_IAM``, which has no resource."""


def function_arn(resolver: Resolver, uri: Any, where: str, *, streams: bool = False) -> str:
    """Give the ARN of the function, version or alias that a URI names.

    :param streams: whether its answer is to be streamed.

    :raises NotEmulated: where it names something else.
    """
    text = resolver.text(uri, where)
    found = (_STREAM_URI if streams else _FUNCTION_URI).search(text)
    if found is None:
        instead = "name a Lambda function"
        if (_FUNCTION_URI if streams else _STREAM_URI).search(text):
            instead = (
                "let the URI and ResponseTransferMode be of one kind, streams or whole answers"
            )
        raise NotEmulated(f"the URI {text!r}", where, instead)
    return found.group(1)


def read_authorizer(
    resolver: Resolver, logical_id: str, own_id: str, properties: Mapping[str, Any]
) -> Authorizer:
    """Read an authorizer.

    :param own_id: what methods name it by.
    :param properties: with CloudFormation's names.
    :raises NotEmulated: for what isn't imitated.
    """
    kind = _KINDS.get(properties["Type"])
    if kind is None:
        raise NotEmulated(
            f"an authorizer of type {properties['Type']}",
            logical_id,
            f"use one of {', '.join(_KINDS)}",
        )
    sources = resolver.text(properties.get("IdentitySource", ""), logical_id)
    uri = properties.get("AuthorizerUri")
    return Authorizer(
        logical_id=logical_id,
        id=own_id,
        kind=kind,
        function=None if kind == "COGNITO" else function_arn(resolver, uri, logical_id),
        sources=tuple(_sources(sources, logical_id)),
        ttl=int(resolver.number(properties.get("AuthorizerResultTtlInSeconds", 300), logical_id)),
        pattern=resolver.pattern(properties.get("IdentityValidationExpression"), logical_id),
    )


def _sources(text: str, where: str) -> Iterator[str]:
    for part in (part.strip() for part in text.split(",") if part.strip()):
        if not _SOURCE.fullmatch(part):
            raise NotEmulated(
                f"the identity source {part!r}",
                where,
                "use method.request.header.NAME, method.request.querystring.NAME, context.NAME "
                "or stageVariables.NAME",
            )
        yield part
