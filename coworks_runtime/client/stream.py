"""A streamed answer as its caller takes it: piece by piece, while the service still makes it."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Any, Self

from werkzeug.datastructures import Headers
from werkzeug.http import parse_options_header

from .exchange import Begun


class StreamedAnswer:
    """An iterator over the pieces of an answer, as they arrive: texts of a text, else bytes.

    A piece is what arrived at once, be it a part of what the entry yielded or several of that. A caller
    who wants no more of it closes it; in a ``with`` block that is done at its end.
    """

    def __init__(self, begun: Begun) -> None:
        self._begun = begun
        media_type, options = parse_options_header(Headers(begun.headers).get("content-type", ""))
        is_text = media_type.startswith("text/")
        self._pieces: Iterator[Any] = begun.pieces
        if is_text:
            self._pieces = codecs.iterdecode(begun.pieces, options.get("charset", "utf-8"))

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._pieces)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Take no more of it, which ends the stream where it is made."""
        self._begun.close()
