"""The parts of an event that become a WSGI environ, shared by the codecs.

:pep:`3333` wants native strings whose characters are bytes: whatever isn't ASCII is encoded as
UTF-8 and read back as Latin-1, as a server does with what it reads from a socket.
"""

import sys
from binascii import a2b_base64
from functools import lru_cache
from io import BytesIO
from json import dumps
from typing import Any
from urllib.parse import unquote_to_bytes

from coworks_runtime.events.codec import MalformedEvent

# The body is there as a whole, so its length is known and nothing is chunked any more.
_DROPPED = frozenset({"CONTENT-LENGTH", "TRANSFER-ENCODING"})
_COOKIE_SEPARATOR = "; "


def native(text: str) -> str:
    """Give a text as a WSGI string."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("latin-1")


def decoded_path(path: str) -> str:
    """Undo the percent-encoding of a path, giving a WSGI string."""
    if "%" not in path:
        return native(path)
    return unquote_to_bytes(path.encode("utf-8", "replace")).decode("latin-1")


def part(owner: dict[str, Any], name: str) -> dict[str, Any]:
    """Give an object held by the event; empty where it is missing or null.

    :raises MalformedEvent: It is neither an object nor null.
    """
    value = owner.get(name)
    if isinstance(value, dict):
        return value
    if value is None:
        return {}
    raise MalformedEvent(f"{name} of the event is {kind(value)}, an object or null is expected")


def kind(value: object) -> str:
    """Name the type of a value of an event, for a message that doesn't show the value."""
    return f"of type {type(value).__name__}"


def scalar_text(value: object, where: str) -> str:
    """Give a single value as text, a number or a boolean as JSON writes it.

    :raises MalformedEvent: It is an object or a list.
    """
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, int | float):
        return "" if value is None else dumps(value)
    raise MalformedEvent(f"{where} of the event is {kind(value)}, a string is expected")


def base_environ(
    event: dict[str, Any],
    context: object,
    *,
    method: str,
    path: tuple[str, str],
    query: str,
    remote_addr: object,
    protocol: object,
    domain: object = None,
) -> dict[str, Any]:
    """Build the environ of a request.

    :param method: The HTTP method.
    :param path: What goes before the service, and the service's own path, both as sent.
    :param query: The query string, encoded.
    :param remote_addr: The caller's address, where the event knows it.
    :param protocol: The HTTP version, ``HTTP/1.1`` where the event doesn't know it.
    :param domain: The host to take where there is no ``Host`` header.
    :raises MalformedEvent: The method, the headers or the body make no sense.
    """
    if not method or not method.isascii():
        raise MalformedEvent(f"{method!r} of the event is no HTTP method")
    script_name, path_info = path
    query = native(query)
    uri = native(script_name + path_info)
    if query:
        uri = f"{uri}?{query}"
    body = decoded_body(event)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": decoded_path(script_name),
        "PATH_INFO": decoded_path(path_info),
        "QUERY_STRING": query,
        "REQUEST_URI": uri,
        "RAW_URI": uri,
        "SERVER_PROTOCOL": native(protocol) if isinstance(protocol, str) else "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.input": BytesIO(body),
        # The stream ends with the body: Werkzeug needs not wrap it to count bytes.
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "coworks.aws_event": event,
        "coworks.aws_context": context,
    }
    put_headers(environ, event.get("multiValueHeaders") or event.get("headers"))
    if isinstance(remote_addr, str) and remote_addr:
        environ["REMOTE_ADDR"] = native(remote_addr)
    scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").partition(",")[0].strip().lower()
    environ["wsgi.url_scheme"] = scheme if scheme == "http" else "https"
    host = environ.get("HTTP_HOST") or (native(domain) if isinstance(domain, str) else "")
    name, _, port = host.rpartition(":")
    if not (name and port.isdecimal()):
        name, port = host, "80" if scheme == "http" else "443"
    environ["SERVER_NAME"] = name or "localhost"
    environ["SERVER_PORT"] = port
    return environ


def decoded_body(event: dict[str, Any]) -> bytes:
    """Give the bytes of the event's body.

    :raises MalformedEvent: The body is no string, or not the base64 that it is said to be.
    """
    body = event.get("body")
    if not body and (body is None or body == ""):
        return b""
    if not isinstance(body, str):
        raise MalformedEvent(f"body of the event is {kind(body)}, a string or null is expected")
    if not event.get("isBase64Encoded"):
        # A lone surrogate can't be sent: what comes of it is refused as invalid UTF-8 later.
        return body.encode("utf-8", "surrogatepass")
    try:
        return a2b_base64(body, strict_mode=True)
    except ValueError:
        raise MalformedEvent(
            "body of the event isn't base64, though its isBase64Encoded is true"
        ) from None


@lru_cache(maxsize=256)
def environ_key(name: str) -> str | None:
    """Give the environ's key for a header; None for a header that must not get there.

    A name with an underscore is dropped: in an environ it would pass for the one with a dash,
    and a caller could forge a header that is trusted.
    """
    if "_" in name or not name or not name.isascii():
        return None
    upper = name.upper()
    if upper in _DROPPED:
        return None
    return "CONTENT_TYPE" if upper == "CONTENT-TYPE" else "HTTP_" + upper.replace("-", "_")


def put_headers(environ: dict[str, Any], headers: object) -> None:
    """Add the headers to the environ, repeated ones joined.

    :param headers: Name → a value, or a list of values; may be None.
    :raises MalformedEvent: The headers, or the value of one, are of an impossible type.
    """
    if not headers:
        return
    if not isinstance(headers, dict):
        raise MalformedEvent(
            f"headers of the event is {kind(headers)}, an object or null is expected"
        )
    for name, value in headers.items():
        key = environ_key(name)
        if key is None or value is None or value == []:
            continue
        text = value[0] if isinstance(value, list) and len(value) == 1 else value
        if not isinstance(text, str):
            text = _joined(name, text, _COOKIE_SEPARATOR if key == "HTTP_COOKIE" else ",")
        if not text.isascii():
            text = native(text)
        if key in environ:  # a name may come twice, in different case
            text = f"{environ[key]}{_COOKIE_SEPARATOR if key == 'HTTP_COOKIE' else ','}{text}"
        environ[key] = text


def _joined(name: str, value: object, separator: str) -> str:
    if isinstance(value, list):
        return separator.join([scalar_text(item, f"header {name}") for item in value])
    return scalar_text(value, f"header {name}")


def context_texts(context: dict[str, Any]) -> dict[str, str]:
    """Give an authorizer's context with values as text, nulls left out."""
    return {name: context_text(value) for name, value in context.items() if value is not None}


def context_text(value: object) -> str:
    """Give a value of an authorizer's context as text, as JSON writes it."""
    return value if isinstance(value, str) else dumps(value)
