"""Pure: which bodies are binary to an API."""

from __future__ import annotations


def is_binary_body(content_type: str | None, binary: tuple[str, ...]) -> bool:
    """Tell whether a request's body reaches the function as base64.

    :param content_type: the header; JSON without one.
    :param binary: the API's binary media types.
    """
    return _is_among(_media_type(content_type or "application/json"), binary)


def takes_binary(accept: str | None, binary: tuple[str, ...]) -> bool:
    """Tell whether an answer in base64 is decoded for the caller (recorded 2025-01-29).

    The first entry of ``Accept`` alone decides, and the answer's own type not at all.

    :param accept: the header.
    :param binary: the API's binary media types.
    """
    return _is_among(_media_type((accept or "").split(",")[0]), binary)


def _media_type(text: str) -> str:
    return text.split(";", maxsplit=1)[0].strip().lower()


def _is_among(media_type: str, binary: tuple[str, ...]) -> bool:
    """Whether a type is one of the binary ones: that very one, or one of a wildcard's.

    Only what is right of the slash may be a wildcard, or all: ``*/png`` names nothing.
    """
    if "*/*" in binary:
        return True
    kind, slash, _ = media_type.partition("/")
    if not slash or kind == "*":
        return False
    return media_type in binary or f"{kind}/*" in binary
