"""Pure: the head of a request, as it was sent → what the gateway reads of it."""

from __future__ import annotations

import re
from email.errors import FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect
from email.message import Message

MAX_HEAD = 10_240
"""Bytes of the request line and of the headers' values together.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
"""

_ABSOLUTE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*")
_FOLD = re.compile(r"[ \t]*\r?\n[ \t]+")


class BadHead(ValueError):
    """The head isn't one of HTTP/1.1."""


class LongHead(ValueError):
    """The head is longer than API Gateway takes."""


def target_of(target: str) -> tuple[str, str]:
    """Give the path and the query that a request is for, both as they were sent.

    :param target: a path, or a whole URL, as proxies are sent it.
    :raises BadHead: for anything else.
    """
    if not target.startswith("/"):
        authority = _ABSOLUTE.match(target)
        if authority is None:
            shown = target.partition("?")[0][:80]
            raise BadHead(f"the target {shown!r} is neither a path nor a URL")
        target = target[authority.end() :]
    path, _, query = target.partition("?")
    return path or "/", query


def headers_of(message: Message, line: str) -> tuple[tuple[str, str], ...]:
    """Give the headers: their names as sent, their values on one line.

    :param message: as ``http.server`` read them. It stops at a line that is no header, and takes
        what follows for no header either.
    :param line: the request line.
    :raises BadHead: where there is such a line.
    :raises LongHead: where there is more than API Gateway takes.
    """
    broken = (FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect)
    if any(isinstance(defect, broken) for defect in message.defects):
        raise BadHead("a line of its headers is no header")
    headers = tuple((name, _text(value)) for name, value in message.items())
    size = len(line) + sum(map(len, message.values()))
    if size > MAX_HEAD:
        raise LongHead(f"its request line and headers have {size} bytes; at most {MAX_HEAD}")
    return headers


def _text(value: str) -> str:
    """Give a header's value, sent as UTF-8, which http.server reads as Latin-1."""
    unfolded = _FOLD.sub(" ", value)
    try:
        return unfolded.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return unfolded
