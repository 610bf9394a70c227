r"""The integration of an entry whose work is done after its 202. Pure.

API Gateway invokes the function asynchronously and answers at once. Such an integration is no
proxy, so that a template makes the event. It is the event of a proxy integration, with
``invocationType`` in its request context, where no caller can write.

Whatever a caller sends is escaped where it goes into the event's JSON; ``$util.escapeJavaScript``
writes ``\'``, which JSON doesn't know, and which is undone.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-integration-async.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

from collections.abc import Sequence

from coworks_cdk.api.cross_origin import answer_headers, origin_template
from coworks_cdk.service_description import Cors, Entry

#: What an entry's values may be sent as.
_VALUES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
#: What an entry that reads the body itself is sent besides. API Gateway has no template for any
#: type, and without one it would pass the body on as the event: it answers 415 to all others.
_BODIES = ("application/octet-stream", "application/xml", "text/csv", "text/plain")

_OWN = (
    *("accountId", "apiId", "deploymentId", "extendedRequestId", "httpMethod", "requestId"),
    *("requestTime", "resourceId", "resourcePath", "stage"),
)
"""What is API Gateway's own, and needs no escapes."""
_SENT = ("domainName", "domainPrefix", "path", "protocol")
"""What callers have a part in."""
_EMPTY = '$input.body=="" || $input.body=="{}"'
"""Whether there is no body: of none API Gateway says ``{}``, which is no base64."""


def request_parameters() -> dict[str, str]:
    """What makes the invocation an asynchronous one."""
    return {"integration.request.header.X-Amz-Invocation-Type": "'Event'"}


def request_templates(entry: Entry, binary: Sequence[str]) -> dict[str, str]:
    """What makes the event, by the request's media type.

    :param binary: the API's binary media types.
    """
    reads_values = any(p.kind not in {"path", "greedy", "query"} for p in entry.parameters)
    types = _VALUES if reads_values else (*_VALUES, *_BODIES)
    return {type_: _event(is_base64=_is_binary(type_, binary)) for type_ in types}


def response_headers(entry: Entry, cors: Cors) -> dict[str, str]:
    """The headers of the 202, as expressions."""
    return {} if entry.no_cors else answer_headers(cors)


def response_template(entry: Entry, cors: Cors) -> str:
    """The 202, or what Lambda has said in place of taking the event.

    Of an event that it has taken it says nothing.
    """
    origin = "" if entry.no_cors else origin_template(cors)
    status = "$context.responseOverride.status"
    return (
        f'{origin}#if({_EMPTY}){{"request_id":"$context.requestId"}}#else'
        '#set($said=$input.body)#if(!$said.startsWith("{"))'
        "#set($said=$util.base64Decode($said))#end"
        '#if($said.contains("too large") || $said.contains("must be smaller"))'
        f'#set({status}=413){{"message":"Request Too Long"}}'
        f'#else#set({status}=500){{"message":"Internal Server Error"}}#end#end'
    )


def _event(*, is_base64: bool) -> str:
    """The template of the event.

    :param is_base64: whether the body is handed to the template as base64.
    """
    parts = [
        '"resource":' + _text("$context.resourcePath"),
        f'"path":{_text("$path")}',
        '"httpMethod":' + _text("$context.httpMethod"),
        '"headers":' + _single("header"),
        '"multiValueHeaders":' + _several("header"),
        '"queryStringParameters":' + _single("querystring"),
        '"multiValueQueryStringParameters":' + _several("querystring"),
        '"pathParameters":' + _single("path"),
        '"stageVariables":' + _object("$stageVariables"),
        f'"requestContext":{{{_request_context()}}}',
        _body(is_base64=is_base64),
    ]
    return f"{_PATH}{{{','.join(parts)}}}"


_PATH = (
    '#set($path=$context.path)#set($stage="/$context.stage")'
    '#if($path==$stage)#set($path="/")'
    '#elseif($path.startsWith("$stage/"))#set($path=$path.substring($stage.length()))#end'
)
"""The path without the stage, which a proxy's event has too."""


def _request_context() -> str:
    epoch = "$context.requestTimeEpoch"
    parts = ['"invocationType":"Event"']
    parts += [f'"{name}":"$context.{name}"' for name in _OWN]
    parts += [f'"{name}":{_text(f"$context.{name}")}' for name in _SENT]
    parts += [
        f'"requestTimeEpoch":#if({epoch}){epoch}#else null#end',
        f'"identity":{_object("$context.identity")}',
        f'"authorizer":{_authorizer()}',
    ]
    return ",".join(parts)


def _authorizer() -> str:
    """The authorizer's context: texts, and the claims of a Cognito user pool, an object in it."""
    context, claims = "$context.authorizer", "$context.authorizer.claims"
    entry = f'$c{_text("$n")}:{_text_or_null(f"{context}.get($n)")}#set($c=",")'
    return (
        f'{{#set($c="")#foreach($n in {context}.keySet())#if($n!="claims"){entry}#end#end'
        f'#if({claims})$c"claims":{_object(claims)}#end}}'
    )


def _body(*, is_base64: bool) -> str:
    empty = _EMPTY if is_base64 else '$input.body==""'
    # Which it isn't where API Gateway takes a body without a media type for text after all.
    encoded = '#if($input.body.matches("[A-Za-z0-9+/]*=*"))true#else false#end'
    return (
        f'#if({empty})"body":null,"isBase64Encoded":false#else"body":{_text("$input.body")},'
        f'"isBase64Encoded":{encoded if is_base64 else "false"}#end'
    )


def _single(place: str) -> str:
    """An object of the parameters of a place, to one value each."""
    return _object(f"$input.params().{place}")


def _several(place: str) -> str:
    """An object of the parameters of a place, to all their values."""
    values = f"$input.params().{place}"
    every = f"$method.request.multivalue{place}.get($n)"
    return (
        f'{{#set($c="")#foreach($n in {values}.keySet())$c{_text("$n")}:['
        f'#set($d="")#foreach($v in {every})$d{_text("$v")}#set($d=",")#end'
        f'#if($d==""){_text(f"{values}.get($n)")}#end]#set($c=",")#end}}'
    )


def _object(map_: str) -> str:
    """An object of a map of texts."""
    return (
        f'{{#set($c="")#foreach($n in {map_}.keySet())'
        f'$c{_text("$n")}:{_text_or_null(f"{map_}.get($n)")}#set($c=",")#end}}'
    )


def _text_or_null(reference: str) -> str:
    return f"#if({reference}){_text(reference)}#else null#end"


def _text(reference: str) -> str:
    """A text of JSON. In quotes first: of what is no text, too."""
    return f'"$util.escapeJavaScript("{reference}").replaceAll("\\\\\'","\'")"'


def _is_binary(media_type: str, binary: Sequence[str]) -> bool:
    kind = media_type.partition("/")[0]
    return not {"*/*", f"{kind}/*", media_type}.isdisjoint(binary)
