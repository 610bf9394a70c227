"""Flask's server and the local gateway, side by side, for the same services."""

import os
from functools import partial

import pytest

from coworks_cdk.local.log import Log
from coworks_cdk.local.session import Session, Settings
from tests.eventually import eventually
from tests.parity.side_by_side import (
    HERE,
    MODULES,
    Backend,
    is_served,
    start_flask,
    synthesize,
)
from tests.ports import free_port


@pytest.fixture(scope="session")
def assembly(tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    return synthesize(HERE / "stack.py", folder / "parity")


@pytest.fixture(scope="session")
def log_file(tmp_path_factory):
    return tmp_path_factory.mktemp("parity-log") / "gateway.log"


@pytest.fixture(scope="session")
def gateway(assembly, log_file):
    with (
        log_file.open("w", encoding="utf-8") as stream,
        Session(Settings(assembly, port=0), Log(stream, "text")) as session,
    ):
        ports = {s.gateway.api.service: s.port for s in session.servers.values()}
        yield Backend(ports, "/dev")


@pytest.fixture(scope="session")
def gateway_of_documents(gateway):
    """The same services, whose APIs are OpenAPI documents."""
    ports = {name.removesuffix("Body"): port for name, port in gateway.ports.items()}
    return Backend(ports | {name: gateway.ports[f"{name}Body"] for name in MODULES}, "/dev")


@pytest.fixture(scope="session")
def flask(tmp_path_factory):
    ports, processes = {}, []
    folder = tmp_path_factory.mktemp("parity-flask")
    try:
        for name, module in MODULES.items():
            port = ports[name] = free_port()
            processes.append(start_flask(module, port, folder))
        for port in ports.values():
            eventually(partial(is_served, port), seconds=120)
        yield Backend(ports, "")
    finally:
        for process in processes:
            process.kill()
            process.wait()
