"""The parts of an answer that every payload needs."""

from binascii import b2a_base64
from functools import lru_cache

_TEXT_TYPES = frozenset(
    {
        "application/json",
        "application/xml",
        "application/javascript",
        "application/x-javascript",
        "application/x-www-form-urlencoded",
    }
)


@lru_cache(maxsize=64)
def is_text(content_type: str) -> bool:
    """Tell whether a media type is text, so that its body may travel as it is."""
    mimetype = content_type.partition(";")[0].strip().lower()
    return (
        mimetype.startswith("text/")
        or mimetype in _TEXT_TYPES
        or mimetype.endswith(("+json", "+xml"))
    )


def encoded_body(body: bytes, *, text: bool) -> tuple[str, bool]:
    """Give a body as a string, and whether it had to be written in base64.

    :param text: It is text, unless it turns out not to be UTF-8.
    """
    if not body:
        return "", False
    if text:
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return b2a_base64(body, newline=False).decode("ascii"), True


def grouped(headers: list[tuple[str, str]]) -> tuple[dict[str, list[str]], bool]:
    """Group the headers by name, whatever its case, and tell whether the body is text.

    :return: First spelling of the name → its values in order; and True for a text that isn't
        compressed.
    """
    groups: dict[str, list[str]] = {}
    spelling: dict[str, str] = {}
    content_type, identity = "", True
    for name, value in headers:
        lower = name.lower()
        if lower == "content-type":
            content_type = value
        elif lower == "content-encoding":
            identity = identity and value.strip().lower() in {"", "identity"}
        known = spelling.setdefault(lower, name)
        if known in groups:
            groups[known].append(value)
        else:
            groups[known] = [value]
    return groups, identity and is_text(content_type)
