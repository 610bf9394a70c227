"""What an entry returns, as Flask takes it."""

from __future__ import annotations

from typing import Any

from flask import current_app


def entry_answer(answer: Any) -> Any:
    """What Flask makes the right response of: text as text, bytes as binary, ``None`` as a 204.

    Plain Flask views, hooks and error handlers don't come here: their text is HTML, as in Flask.

    :param answer: what the entry returned.
    """
    body, *rest = answer if isinstance(answer, tuple) and answer else (answer,)
    make = current_app.response_class
    if body is None:
        response = make(status=204 if not rest else None)
        del response.headers["Content-Type"]
    elif isinstance(body, str):
        response = make(body, content_type="text/plain; charset=utf-8")
    elif isinstance(body, bytes | bytearray):
        response = make(bytes(body), content_type="application/octet-stream")
    else:
        return answer
    return (response, *rest) if rest else response
