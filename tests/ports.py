"""Ports for servers that can't be told to take any."""

from __future__ import annotations

import os
import socket

# Below those that systems give to who asks for any, clients' connections among them: a port that
# was free a moment ago could be somebody else's.
_LOWEST, _HIGHEST = 10_000, 30_000
_given: set[int] = set()


def free_port() -> int:
    """A port of the loopback interface that nobody has, and that nobody gets by chance."""
    while True:
        port = _LOWEST + int.from_bytes(os.urandom(4)) % (_HIGHEST - _LOWEST)
        if port in _given:
            continue
        _given.add(port)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
