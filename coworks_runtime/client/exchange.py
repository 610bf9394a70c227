"""What is sent to a service and what comes back, and who carries it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Sent:
    """A request.

    :param path: percent-encoded, with the slash at its start.
    :param query: names and values, as they are.
    :param body: the body, ``None`` without one.
    """

    method: str
    path: str
    query: Pairs = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True)
class Received:
    """An answer.

    :param headers: names and values, repeated ones too.
    """

    status: int
    headers: Pairs
    body: bytes


class Begun:
    """An answer whose status and headers are there.

    :param headers: names and values, repeated ones too.
    :param pieces: the body.
    :param close: ends the exchange.
    """

    def __init__(
        self, status: int, headers: Pairs, pieces: Iterator[bytes], close: Callable[[], Any]
    ) -> None:
        self.status = status
        self.headers = headers
        self.pieces = pieces
        self.close = close

    def whole(self) -> Received:
        """Wait for all of it."""
        try:
            return Received(self.status, self.headers, b"".join(self.pieces))
        finally:
            self.close()


class Carrier(Protocol):
    """Sends a request and waits for its answer."""

    def send(self, sent: Sent) -> Received:
        """Send a request.

        :raises Exception: what the HTTP library raises where no answer comes.
        """

    def begin(self, sent: Sent) -> Begun:
        """Send a request and wait for the head of its answer.

        :raises Exception: what the HTTP library raises where none comes.
        """

    def close(self) -> None:
        """Close what :func:`carrier_of` has opened."""


def carrier_of(target: Any) -> Carrier:
    """Who carries the requests to a target.

    :param target: a URL, an ``httpx.Client`` with a ``base_url``, or the test client of an
        application.
    :raises TypeError: for anything else.
    :raises ImportError: for a URL where httpx isn't installed.
    """
    if isinstance(target, str):
        return _Httpx(_httpx_client(target), is_own=True)
    if hasattr(target, "application") and hasattr(target, "open"):
        return _TestClient(target)
    if hasattr(target, "base_url") and hasattr(target, "request"):
        if not str(target.base_url):
            raise ValueError("remote(): the httpx.Client has no base_url; give it the service's")
        return _Httpx(target, is_own=False)
    raise TypeError(
        f"remote(): the target is a {type(target).__name__}; allowed: a URL, an httpx.Client with a "
        "base_url, or app.test_client()"
    )


def _httpx_client(url: str) -> Any:
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"remote(): the URL {url!r} must start with 'http://' or 'https://'")
    if importlib.util.find_spec("httpx") is None:
        raise ImportError(
            "A client of a URL needs httpx; install it with: pip install 'coworks-cdk[client]'"
        )
    import httpx

    return httpx.Client(base_url=url)


class _Httpx:
    """Carries requests with httpx, whose timeouts and retries hold."""

    def __init__(self, client: Any, *, is_own: bool) -> None:
        self._client = client
        self._is_own = is_own

    def send(self, sent: Sent) -> Received:
        """Send a request."""
        return self.begin(sent).whole()

    def begin(self, sent: Sent) -> Begun:
        """Send a request, and read its answer's head."""
        request = self._client.build_request(
            sent.method,
            f"{str(self._client.base_url).rstrip('/')}{sent.path}",
            params=sent.query or None,
            headers=dict(sent.headers),
            content=sent.body,
        )
        answer = self._client.send(request, stream=True)
        headers = [(name.lower(), value) for name, value in answer.headers.multi_items()]
        return Begun(answer.status_code, headers, answer.iter_bytes(), answer.close)

    def close(self) -> None:
        """Close the connections of a client that was made here."""
        if self._is_own:
            self._client.close()


class _TestClient:
    """Carries requests to an application of this process."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def send(self, sent: Sent) -> Received:
        """Call the application."""
        return self.begin(sent).whole()

    def begin(self, sent: Sent) -> Begun:
        """Call the application, up to the head of its answer."""
        answer = self._client.open(
            sent.path,
            method=sent.method,
            query_string=urlencode(sent.query),
            headers=list(sent.headers.items()),
            data=sent.body,
        )
        headers = [(name.lower(), value) for name, value in answer.headers]
        return Begun(answer.status_code, headers, answer.iter_encoded(), answer.close)

    def close(self) -> None:
        """Nothing is open."""
