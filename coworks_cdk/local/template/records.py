"""What the local gateway knows of a synthesized service, as frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Function:
    """A Lambda function whose code is an asset."""

    logical_id: str
    name: str
    arn: str
    handler: str
    runtime: str
    architecture: str
    timeout: float
    """Seconds that one invocation may take."""
    memory_size: int
    """Megabytes; only told to the function, never enforced."""
    environment: Mapping[str, str]
    code: Path
    layers: tuple[Path, ...]
    stack: str = ""
    construct: str = ""
    """The construct that declared it, in its stack: ``Hello/Function``."""
    version: str = "$LATEST"
    snap_start: bool = False
    """Whether its processes are restored from a snapshot, with the runtime's hooks."""
    snap_start_on_versions: bool = False
    """Whether that is so for its versions and aliases."""
    log_format: str = "Text"
    log_level: str | None = None
    """The least level of its logs in JSON; Lambda's INFO where it says none."""
    untraced: bool = False
    """Whether the layer of OpenTelemetry, which is in AWS, starts it there."""
    concurrency: int | None = None
    """Most processes at once, where the template reserves a concurrency."""


Kind = Literal["TOKEN", "REQUEST", "COGNITO", "IAM"]


@dataclass(frozen=True)
class Authorizer:
    """Who decides on a request: a function, or (here: what stands for) an AWS service."""

    logical_id: str
    id: str
    kind: Kind = "TOKEN"
    function: str | None = None
    """The ARN of the function that answers, where one does."""
    sources: tuple[str, ...] = ()
    """What identifies a caller, as ``method.request.header.Authorization``; kept policies are
    for all of them together."""
    ttl: int = 0
    """Seconds for which a policy is kept; 0 asks the function each time."""
    pattern: str | None = None
    """What a token must match (whole) before the function is asked."""


@dataclass(frozen=True)
class Lambda:
    """An integration that passes the request to a function."""

    function: str
    """The function's ARN."""
    seconds: float | None = None
    """How long it is waited for, where that isn't API Gateway's default."""
    broken: str | None = None
    """Why API Gateway takes its declaration, and answers every request 500."""
    streams: bool = False
    """Whether its answer goes on as it comes."""


@dataclass(frozen=True)
class MockResponse:
    """One of the answers that API Gateway has where the function's isn't it."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Header names to expressions, as those of a gateway response."""
    template: str = ""
    """VTL; may override headers and status."""
    pattern: str | None = None
    """The statuses of the mock's request that it answers (a regular expression); the one without
    answers those that no other does."""


@dataclass(frozen=True)
class Asynchronous(Lambda):
    """An integration that invokes a function, and answers without waiting for it."""

    response: MockResponse = field(default_factory=lambda: MockResponse(202))
    requests: Mapping[str, str] = field(default_factory=dict)
    """Media types of requests, to templates (VTL) that give the event."""
    passthrough: str = "WHEN_NO_MATCH"
    """What becomes of a request of another media type."""


@dataclass(frozen=True)
class Mock:
    """An integration that API Gateway answers by itself."""

    responses: tuple[MockResponse, ...]
    requests: Mapping[str, str] = field(default_factory=dict)
    """Media types of requests, to templates (VTL) that say the status, as JSON."""
    passthrough: str = "WHEN_NO_MATCH"
    """What becomes of a request of another media type."""
    convert_to_text: bool = False
    """Without it an API with ``*/*`` among its binary types answers 500."""


@dataclass(frozen=True)
class Route:
    """A method of a resource."""

    method: str
    """The HTTP method, or ``ANY``."""
    path: str
    """The resource's path, as ``/content/{value}``."""
    resource_id: str
    integration: Lambda | Mock
    authorizer: Authorizer | None = None


@dataclass(frozen=True)
class GatewayResponse:
    """What an API answers in place of one of API Gateway's own errors."""

    type: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Header names to expressions: ``'text'``, ``method.request...``, ``context...``."""
    template: str | None = None


@dataclass(frozen=True)
class Stage:
    """A stage of an API."""

    name: str
    deployment_id: str
    variables: Mapping[str, str] | None = None
    rate: float = 10_000.0
    """Requests a second; API Gateway's default for an account."""
    burst: int = 5_000
    """Requests that may come at once; API Gateway's default for an account."""


@dataclass(frozen=True)
class Api:
    """A REST API."""

    logical_id: str
    id: str
    service: str
    """The construct that owns it, relative to its stack."""
    stack: str
    region: str
    account: str
    routes: tuple[Route, ...]
    """Methods of the resources in :attr:`resources`."""
    resources: tuple[str, ...]
    """The paths of all resources, those without methods among them."""
    stages: tuple[Stage, ...]
    responses: Mapping[str, GatewayResponse]
    binary_media_types: tuple[str, ...] = ()
    private: bool = False
    """Whether only callers of its VPC endpoints reach it, by its resource policy."""
    edge: bool = False
    """Whether CloudFront is in front of it, which spells some headers anew."""


@dataclass(frozen=True)
class Secret:
    """A Secrets Manager secret that the template names."""

    arn: str
    name: str
    """How the user names it: the construct's path in its stack, or the secret's own name."""


@dataclass(frozen=True)
class Model:
    """Everything that is served of an assembly."""

    apis: tuple[Api, ...]
    functions: Mapping[str, Function]
    """By ARN."""
    secrets: tuple[Secret, ...] = ()
    notes: tuple[str, ...] = ()
    """What the stacks hold that is not served, one line each."""
