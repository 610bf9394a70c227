"""Lines of ASCII on standard output, each in one write."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper, UnsupportedOperation

_AT_ONCE = 4096
"""So many bytes go into a pipe as a whole, or not at all: PIPE_BUF of pipe(7)."""
_CLIENTS = ("awslambdaric.bootstrap", "coworks_runtime.on_lambda.loop.log_sink")
"""Where the runtime clients have their wrapper of a stream."""


class Lines:
    """Writes lines to what standard output is at the time.

    Where that is the process's own and buffers nothing, as Lambda's runtime client has it, a line
    goes straight to its descriptor: through the client's wrapper, which flushes each write, it
    would cost three times as much. Whatever else somebody has put there is written to as usual.
    """

    def __init__(self) -> None:
        self._stream: object = None
        self._descriptor: int | None = None

    def write(self, line: str) -> None:
        """Write a line, which ends with its line break."""
        stream = sys.stdout
        if stream is not self._stream:
            self._stream, self._descriptor = stream, _descriptor(stream)
        descriptor = self._descriptor
        if descriptor is not None and len(line) <= _AT_ONCE:
            os.write(descriptor, line.encode())
        else:
            stream.write(line)
            stream.flush()


def _descriptor(stream: object) -> int | None:
    """The descriptor of a stream in which nothing waits to be written, ``None`` for others."""
    kind = type(stream)
    is_clients = kind.__name__ == "Unbuffered" and kind.__module__ in _CLIENTS
    inner = getattr(stream, "stream", None) if is_clients else stream
    if type(inner) is not TextIOWrapper or not (is_clients or inner.write_through):
        return None
    try:
        return inner.fileno()
    except (UnsupportedOperation, ValueError):
        return None
