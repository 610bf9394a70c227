"""A service that logs what is hard to write."""

import enum
import logging
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from werkzeug.exceptions import Unauthorized

from coworks_runtime import TechMicroService, entry, on_event


class Color(enum.Enum):
    RED = 1


class Mute:
    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


class MuteError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


circle: dict[str, object] = {}
circle["again"] = circle
deep: list[object] = []
for _ in range(100_000):
    deep = [deep]

VALUES: dict[str, object] = {
    "number": float("nan"),
    "numbers": {"low": [float("-inf"), 1.5]},
    "bytes": b"\xff",
    "date": date(2026, 11, 26),
    "decimal": Decimal("1.50"),
    "enum": Color.RED,
    "error": ValueError("as a value"),
    "circle": circle,
    "keys": {(1, 2): 3},
    "surrogate": "a\udc80é",
    "mute": Mute(),
    "deep": deep,
    "digits": 10**5000,
    "long": "x" * 1_000_000,
    "NaN as a text": "NaN",
}


class Odd(TechMicroService):
    def token_authorizer(self, token: str) -> bool:
        if token == "refused":
            raise Unauthorized
        raise LookupError("of an authorizer")

    @entry(no_auth=True)
    def get_values(self) -> str:
        for name, value in VALUES.items():
            self.logger.info(name, extra={"value": value})
        return "logged"

    @entry(no_auth=True)
    def get_names(self) -> str:
        for name in ("errorType", "errorMessage", "stackTrace", "location", "requestId", "level"):
            self.logger.info(name, extra={name: "given"})
        for name in ("service", "status", "route", "tenantId"):
            self.logger.info(name, extra={name: "given"})
        return "logged"

    @entry(no_auth=True)
    def get_calls(self) -> str:
        self.logger.info("%d things", "no number")
        self.logger.info("no place", 1)  # noqa: PLE1205 - what is tried
        self.logger.info(Mute())
        self.logger.info({"an": "object", "number": float("nan")})
        self.logger.info("lines\r\nof it")
        self.logger.error("nothing raised", exc_info=True)  # noqa: LOG014 - as above
        try:
            raise MuteError
        except MuteError:
            self.logger.exception("mute")
        return "logged"

    @entry(no_auth=True)
    def get_caused(self) -> str:
        try:
            self.fail()
        except KeyError as error:
            error.add_note("mind the key")
            raise ExceptionGroup("several", [TypeError("one")]) from error
        return ""

    def fail(self) -> None:
        try:
            raise OSError("the first")
        finally:
            {}["k"]

    @entry(no_auth=True)
    async def get_later(self) -> str:
        logging.getLogger("library").info("in a coroutine")
        return "later"

    @entry(no_auth=True, stream=True)
    def get_torn(self) -> Iterator[str]:
        yield "a part"
        raise ValueError("torn")

    @entry(no_auth=True)
    def get_mute(self) -> str:
        raise MuteError

    @on_event("aws:sqs")
    def take(self, event: object, _context: object) -> None:
        raise ValueError("of an event")


app = Odd(name="odd")
