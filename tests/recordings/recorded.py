"""The recorded cases."""

import base64
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """One case, as the file has it."""

    content: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.content.get(name)

    def __str__(self) -> str:
        return str(self.content["id"])

    @property
    def kind(self) -> str:
        """What is declared; a case that says how it is played is of that kind."""
        given = (self.content.get("api") or {}).get("kind", "rest")
        return str(self.content.get("replay_as") or given)

    @property
    def is_request(self) -> bool:
        """Whether it is a request to a stage of a REST API."""
        return bool(
            self.replay is not False and self.request and self.kind in ("rest", "lambda-proxy")
        )

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The request's headers."""
        return tuple((name, value) for name, value in self.request.get("headers", ()))

    @property
    def body(self) -> bytes:
        """The request's body."""
        if self.body_size:
            return b"x" * int(self.body_size)
        if "body_base64" in self.request:
            return base64.b64decode(self.request["body_base64"])
        return str(self.request.get("body") or "").encode()


def cases() -> list[Case]:
    """All cases of the file, or of the one that ``RECORDINGS`` names."""
    path = Path(os.environ.get("RECORDINGS") or HERE / "recorded.json")
    return [Case(content) for content in json.loads(path.read_text(encoding="utf-8"))]
