"""Which browsers of other origins may call a service, and the headers that say so. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Cors(msgspec.Struct, frozen=True):
    """The CORS of the entries with ``no_cors=False``.

    :param allow_origins: the origins that may call, ``("*",)`` for all.
    :param allow_headers: the request headers that a script may send.
    :param expose_headers: the answer's headers that a script may read, beside the safe ones.
    :param allow_credentials: ``True`` lets scripts send cookies and authentication.
    :param max_age: how long a browser may keep a preflight's answer, in seconds.
    :raises ValueError: for credentials with the origin ``*``, which the Fetch standard refuses,
        and for an empty ``allow_origins``.
    """

    allow_origins: tuple[str, ...] = ("*",)
    allow_headers: tuple[str, ...] = ("Content-Type", "Authorization")
    expose_headers: tuple[str, ...] = ()
    allow_credentials: bool = False
    max_age: int = 600

    def __post_init__(self) -> None:
        for name in ("allow_origins", "allow_headers", "expose_headers"):
            value = getattr(self, name)
            if isinstance(value, str):
                raise TypeError(f"Cors({name}={value!r}): must be a tuple of strings")
            msgspec.structs.force_setattr(self, name, tuple(value))
        if not self.allow_origins:
            raise ValueError("Cors(allow_origins=()): name an origin, or '*' for all")
        if self.allow_credentials and "*" in self.allow_origins:
            raise ValueError(
                "Cors(allow_credentials=True, allow_origins=('*',)): browsers refuse credentials "
                "with '*'; name the origins"
            )

    def preflight(self, methods: Iterable[str], origin: str | None) -> dict[str, str]:
        """The headers of the answer to a preflight.

        :param methods: the methods that may be called on the path.
        :param origin: the request's ``Origin``.
        """
        headers = self._origin(origin)
        headers["Access-Control-Allow-Methods"] = ",".join(sorted(methods))
        headers["Access-Control-Allow-Headers"] = ",".join(self.allow_headers)
        headers["Access-Control-Max-Age"] = str(self.max_age)
        return headers

    def answer(self, origin: str | None) -> dict[str, str]:
        """The headers of the answer of an entry.

        :param origin: the request's ``Origin``.
        """
        headers = self._origin(origin)
        if self.expose_headers:
            headers["Access-Control-Expose-Headers"] = ",".join(self.expose_headers)
        return headers

    def gateway_error(self) -> dict[str, str]:
        """The headers of an error that no entry answers: a gateway has one origin for all."""
        headers = self.answer(None)
        headers.pop("Vary", None)
        return headers

    def _origin(self, origin: str | None) -> dict[str, str]:
        if "*" in self.allow_origins:
            return {"Access-Control-Allow-Origin": "*"}
        allowed = origin if origin in self.allow_origins else self.allow_origins[0]
        headers = {"Access-Control-Allow-Origin": allowed or "", "Vary": "Origin"}
        if self.allow_credentials:
            headers["Access-Control-Allow-Credentials"] = "true"
        return headers
