"""What the construct knows of a service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an entry, as in ``coworks_runtime.entry_map``."""

    name: str
    kind: str
    required: bool
    type: str | None
    default: Any
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the service, as in ``coworks_runtime.entry_map``."""

    method: str
    path: str
    endpoint: str
    blueprint: str | None
    no_auth: bool
    no_cors: bool
    binary_headers: Mapping[str, str] | None
    stages: tuple[str, ...] | None
    parameters: tuple[Parameter, ...]
    doc: str | None
    stream: bool | str = False
    background: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.endpoint})"


@dataclass(frozen=True, slots=True)
class EventMethod:
    """A method that takes events, as ``coworks_runtime.entry_map --service`` lists it.

    :param source: of the events; ``None`` where only a condition tells them.
    :param conditional: whether it takes some of them only.
    """

    method: str
    source: str | None
    detail_type: str | None
    conditional: bool
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Cors:
    """The service's CORS rules."""

    allow_origins: tuple[str, ...] = ("*",)
    allow_headers: tuple[str, ...] = ("Content-Type", "Authorization")
    expose_headers: tuple[str, ...] = ()
    allow_credentials: bool = False
    max_age: int = 600


@dataclass(frozen=True, slots=True)
class ForeignImport:
    """A module that the service imports, and that is neither its project's nor Python's.

    :param file: where it was found.
    :param distributions: what it was installed with; none for a folder on the import path.
    :param by: the first file of the project that imports it, and its line.
    """

    module: str
    file: str
    distributions: tuple[str, ...]
    by: str
    line: int


@dataclass(frozen=True, slots=True)
class ServiceDescription:
    """All that the construct asks of a service."""

    name: str
    class_name: str
    description: str | None
    authorization_header: str
    cors: Cors
    environment: Mapping[str, str]
    entries: tuple[Entry, ...]
    accepts_tokens: bool = True
    events: tuple[EventMethod, ...] = ()
    imports: tuple[ForeignImport, ...] = ()
    import_seconds: float = 0.0
    slowest_imports: tuple[tuple[str, float], ...] = ()

    @property
    def summary(self) -> str | None:
        """The description, as long as Lambda takes it."""
        return self.description[:256] if self.description else None

    @property
    def protected(self) -> bool:
        """Whether some entry needs the authorizer."""
        return any(not entry.no_auth for entry in self.entries)

    @property
    def streamed(self) -> tuple[Entry, ...]:
        """The entries whose answers are sent piece by piece."""
        return tuple(entry for entry in self.entries if entry.stream)

    @property
    def buffered(self) -> ServiceDescription:
        """The same service, all of whose answers are sent whole."""
        return replace(self, entries=tuple(replace(e, stream=False) for e in self.entries))

    @property
    def cross_origin(self) -> bool:
        """Whether some entry answers pages of other origins."""
        return any(not entry.no_cors for entry in self.entries)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ServiceDescription:
        """Read the JSON object that ``coworks_runtime.entry_map --service`` prints."""
        cors: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in data["cors"].items()
        }
        return cls(
            name=data["name"],
            class_name=data["class"],
            description=data["description"],
            authorization_header=data["authorization_header"],
            cors=Cors(**cors),
            environment=data["environment"],
            entries=tuple(_entry(entry) for entry in data["entries"]),
            accepts_tokens=data["accepts_tokens"],
            events=tuple(EventMethod(**event) for event in data["events"]),
            imports=tuple(
                ForeignImport(**{**found, "distributions": tuple(found["distributions"])})
                for found in data["imports"]
            ),
            import_seconds=data["import_time"]["seconds"],
            slowest_imports=tuple((name, took) for name, took in data["import_time"]["slowest"]),
        )


def _entry(data: dict[str, Any]) -> Entry:
    stages = data.pop("stages")
    return Entry(
        stages=None if stages is None else tuple(stages),
        parameters=tuple(Parameter(**parameter) for parameter in data.pop("parameters")),
        **data,
    )


#: What stands for a service that can't be read or is refused: the least that is an API.
REFUSED_SERVICE = ServiceDescription(
    name="refused",
    class_name="Refused",
    description=None,
    authorization_header="Authorization",
    cors=Cors(),
    environment={},
    entries=(Entry("GET", "/", "get", None, True, True, None, None, (), None),),
)
