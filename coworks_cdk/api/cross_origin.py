"""CORS as API Gateway is told of it: headers and templates. Pure."""

from __future__ import annotations

from coworks_cdk.service_description import Cors


def preflight_headers(cors: Cors, methods: tuple[str, ...]) -> dict[str, str]:
    """The headers that answer a preflight, the origin being the first that is allowed."""
    headers = {
        "Access-Control-Allow-Origin": _first_origin(cors),
        "Access-Control-Allow-Methods": ",".join(methods),
        "Access-Control-Allow-Headers": ",".join(cors.allow_headers),
        "Access-Control-Max-Age": str(cors.max_age),
    }
    if cors.allow_credentials:
        headers["Access-Control-Allow-Credentials"] = "true"
    if "*" not in cors.allow_origins:
        headers["Vary"] = "Origin"
    return {key: value for key, value in headers.items() if value}


def origin_template(cors: Cors) -> str:
    """The template that answers the caller's origin where several are allowed.

    Its output is a preflight's body, so it is nothing but directives.
    """
    if "*" in cors.allow_origins or len(cors.allow_origins) == 1:
        return ""
    allowed = " || ".join(f"$origin == '{origin}'" for origin in cors.allow_origins)
    header = "$context.responseOverride.header.Access-Control-Allow-Origin"
    return (
        "#set($headers = $input.params().header)"
        "#set($origin = $headers.get('Origin'))"
        "#if(!$origin)#set($origin = $headers.get('origin'))#end"
        f"#if({allowed})#set({header} = $origin)#end"
    )


def answer_headers(cors: Cors) -> dict[str, str]:
    """The headers of an answer that the gateway gives in place of the service, as expressions.

    The origin is the first that is allowed; :func:`origin_template` makes it the caller's.
    """
    vary = {} if "*" in cors.allow_origins else {"Vary": "'Origin'"}
    return gateway_response_headers(cors) | vary


def gateway_response_headers(cors: Cors) -> dict[str, str]:
    """The headers that let a page of another origin read the gateway's own errors."""
    headers = {"Access-Control-Allow-Origin": f"'{_first_origin(cors)}'"}
    if cors.expose_headers:
        headers["Access-Control-Expose-Headers"] = f"'{','.join(cors.expose_headers)}'"
    if cors.allow_credentials:
        headers["Access-Control-Allow-Credentials"] = "'true'"
    return headers


def _first_origin(cors: Cors) -> str:
    return "*" if "*" in cors.allow_origins else next(iter(cors.allow_origins), "")
