"""The headers that ``@entry(binary_headers=...)`` gives a binary answer."""

from __future__ import annotations

from collections.abc import Mapping

from werkzeug.datastructures import Headers
from werkzeug.utils import get_content_type
from werkzeug.wrappers import Response

DEFAULT_TYPE = "application/octet-stream"
"""What bytes are without another word."""


def give_binary_headers(
    response: Response,
    headers: Mapping[str, str],
    given: Headers | None,
    *,
    is_own: bool = False,
) -> None:
    """Give an answer the headers, unless it is an error or text.

    What the entry gave beside the body wins. What it set on a response object wins where it is
    something else than Flask's default. A file that ``send_file`` or ``send_from_directory`` made
    gets them all: its headers are Flask's.

    :param response: the answer.
    :param headers: the headers of ``@entry``.
    :param given: the headers that the entry gave in its tuple.
    :param is_own: whether the answer was made here, of bytes.
    """
    # Only what send_file makes hands its file on like that.
    is_made = is_own or response.direct_passthrough
    if response.status_code >= 400 or not (is_made or _may_be_binary(response)):
        return
    for name, value in headers.items():
        is_given = given is not None and name in given
        if not is_given and (is_made or not _is_set(response, name)):
            response.headers[name] = value


def _may_be_binary(response: Response) -> bool:
    is_text = (response.mimetype or "").startswith("text/") or response.is_json
    return not is_text or not _is_set(response, "Content-Type")


def _is_set(response: Response, name: str) -> bool:
    if name.lower() != "content-type":
        return name in response.headers
    default = get_content_type(response.default_mimetype or "", "utf-8")
    return response.headers.get("Content-Type") not in {None, default, DEFAULT_TYPE}
