"""A served assembly: its functions' processes, and one server a service."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from socket import gaierror
from typing import Self

from coworks_cdk.local.errors import LocalError
from coworks_cdk.local.function.debugging import DEBUGGED_SECONDS, Debugger
from coworks_cdk.local.function.functions import Functions
from coworks_cdk.local.function.secret_values import SecretsEndpoint, secret_values
from coworks_cdk.local.gateway.gateway import INTEGRATION_SECONDS, Gateway
from coworks_cdk.local.gateway.server import ServiceServer
from coworks_cdk.local.log import Log
from coworks_cdk.local.project.services import find_services
from coworks_cdk.local.template.assembly import StackSource, read_assembly, with_deployed
from coworks_cdk.local.template.deployed import DeployedStack
from coworks_cdk.local.template.model import read_model
from coworks_cdk.local.template.records import Api, Model


@dataclass(frozen=True)
class Settings:
    """What the user chose."""

    assembly: Path
    services: tuple[str, ...] = ()
    """Construct ids; all without any."""
    stack: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    """The first service's port, the others' follow; 0 takes any free ones."""
    secrets: Path | None = None
    processes: int = 4
    """Most processes of a function at once."""
    integration_seconds: float = INTEGRATION_SECONDS
    deployed: DeployedStack | None = None
    """The stack in AWS whose resources are used; credentials are in ``environment``."""
    debug: int | None = None
    """The port that the first function's process waits for a debugger on; the others' follow."""
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


@dataclass
class _Generation:
    """What one synth gave; replaced as a whole when there is another."""

    model: Model
    functions: Functions
    endpoint: SecretsEndpoint | None
    gateways: tuple[Gateway, ...]
    notes: tuple[str, ...]

    def close(self) -> None:
        self.functions.close()
        if self.endpoint is not None:
            self.endpoint.close()


class Session:
    """Serves an assembly until it is closed; a context manager."""

    def __init__(self, settings: Settings, log: Log | None = None) -> None:
        """Start serving.

        :raises LocalError: where the assembly can't be served, or a port is taken.
        """
        self._settings = settings
        self._log = log or Log()
        self.servers: dict[str, ServiceServer] = {}
        """The servers, by ``STACK/SERVICE``."""
        self._generation = self._load()
        try:
            self._serve()
            self._generation.functions.wait_for_debuggers()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of the functions' processes."""
        return self._generation.functions.pids

    @property
    def notes(self) -> tuple[str, ...]:
        """What the stacks hold that is not served."""
        return self._generation.notes

    def urls(self) -> tuple[tuple[str, str], ...]:
        """Give each service's name with its URL, one for each of its stages."""
        return tuple(
            (
                server.gateway.api.service,
                f"http://{self._settings.host}:{server.port}/{stage.name}/",
            )
            for server in self.servers.values()
            for stage in server.gateway.api.stages
        )

    @property
    def model(self) -> Model:
        """What is served."""
        return self._generation.model

    def update(self, arn: str, changed: Mapping[str, bytes]) -> None:
        """Let a function run other contents of some of its files, from the next request on."""
        self._generation.functions.update(arn, changed)

    def reload(self) -> None:
        """Serve what the assembly holds now; requests under way are answered 502.

        :raises LocalError: where it can't be served; what was served before goes on.
        """
        generation, old = self._load(), self._generation
        self._generation = generation
        self._serve()
        # Their ports are the next ones'.
        old.close()
        generation.functions.wait_for_debuggers()

    def close(self) -> None:
        """Stop serving: nothing is left of it, neither processes nor files."""
        for server in self.servers.values():
            server.close()
        self._generation.close()

    def _load(self) -> _Generation:
        settings = self._settings
        sources = read_assembly(
            settings.assembly.resolve(), region=settings.environment.get("AWS_REGION")
        )
        if settings.deployed is not None:
            sources = with_deployed(sources, settings.deployed, settings.stack)
        model = read_model(sources, settings.services, settings.stack)
        given = dict(settings.environment)
        endpoint = None
        # Those of a deployed stack have their values there, unless a file gives others.
        if model.secrets and (settings.deployed is None or settings.secrets is not None):
            values = secret_values(model.secrets, settings.secrets, settings.environment)
            endpoint = SecretsEndpoint(values)
            given["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = endpoint.url
        try:
            functions = Functions(
                model,
                self._log,
                given,
                1 if settings.debug else settings.processes,
                self._here,
                self._debuggers(sources, model),
            )
        except BaseException:
            if endpoint is not None:
                endpoint.close()
            raise
        gateways = tuple(self._gateway(api, functions) for api in model.apis)
        return _Generation(model, functions, endpoint, gateways, model.notes)

    def _debuggers(self, sources: Sequence[StackSource], model: Model) -> dict[str, Debugger]:
        """How each function waits for a debugger, by ARN; none where no debugger is wanted."""
        port = self._settings.debug
        if port is None:
            return {}
        found = find_services(sources, model.functions, Path.cwd())
        folders = {service.function.arn: service.folder for service in found}
        return {
            arn: Debugger(port + number, folders.get(arn))
            for number, arn in enumerate(model.functions)
        }

    def _here(self, value: str) -> str:
        """A variable's value, the URLs of the APIs that are served here replaced by their servers'.

        Asked when a process starts: then the servers have their ports.
        """
        for server in self.servers.values():
            url = rf"https://{server.gateway.api.id}\.execute-api\.[a-z0-9.-]+"
            value = re.sub(url, f"http://{self._settings.host}:{server.port}", value)
        return value

    def _gateway(self, api: Api, functions: Functions) -> Gateway:
        return Gateway(
            api,
            functions.invoke,
            lambda text: self._log.line(api.service, text, level="ERROR"),
            DEBUGGED_SECONDS if self._settings.debug else self._settings.integration_seconds,
        )

    def _serve(self) -> None:
        gateways = {f"{g.api.stack}/{g.api.service}": g for g in self._generation.gateways}
        for name in set(self.servers) - set(gateways):
            self.servers.pop(name).close()
        for name, gateway in gateways.items():
            if name in self.servers:
                self.servers[name].gateway = gateway
            else:
                self.servers[name] = self._server(gateway)

    def _server(self, gateway: Gateway) -> ServiceServer:
        host, port = self._settings.host, self._free_port()
        try:
            return ServiceServer(host, port, gateway, self._log)
        except (gaierror, UnicodeError) as error:
            raise LocalError(
                f"{gateway.api.service} can't be served on {host!r}, which is no host: {error}; "
                "choose an address of this machine with --host"
            ) from error
        except (OSError, OverflowError) as error:
            # The ports of further services follow the first one's.
            why = error.strerror if isinstance(error, OSError) else "there is no such port"
            raise LocalError(
                f"{gateway.api.service} can't be served on {host}, port {port}: {why}; choose "
                "another with --port"
            ) from error

    def _free_port(self) -> int:
        if self._settings.port == 0:
            return 0
        taken = {server.port for server in self.servers.values()}
        port = self._settings.port
        while port in taken:
            port += 1
        return port
