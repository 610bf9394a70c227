"""Every answer is what the service's own document says, on a real ``cws run`` and deployed here."""

import os
import re
import subprocess
import sys
from contextlib import contextmanager, suppress
from http.client import HTTPConnection

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from coworks_cdk.local.log import Log
from coworks_cdk.local.session import Session, Settings
from tests.eventually import eventually
from tests.parity.side_by_side import synthesize
from tests.ports import free_port

SERVICE = """
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Literal, TypedDict
from uuid import UUID

import msgspec
import pydantic

from coworks_runtime import Body, Query, TechMicroService, entry
from coworks_runtime.blueprint.admin_blueprint import Admin


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Line(msgspec.Struct):
    quantity: int
    price: Decimal = Decimal("1.50")


class Order(msgspec.Struct, rename={"kind": "class"}):
    id: int
    kind: str = "small"
    lines: list[Line] = []
    colour: Colour = Colour.RED


class Problem(msgspec.Struct):
    why: str


@dataclass
class Point:
    x: float
    y: float = 0.0
    tags: set[str] = field(default_factory=set)


class Size(TypedDict):
    width: int


class Model(pydantic.BaseModel):
    age: int
    name: str = pydantic.Field("n", alias="user-name")


class Shop(TechMicroService):
    def __init__(self):
        super().__init__(name="shop")
        self.register_blueprint(Admin(), url_prefix="/admin")

    def token_authorizer(self, token):
        return token == "token"

    @entry(no_auth=True, status=201)
    def post_order(self, shelf: int, order: Body[Order], *, dry: Query[bool] = False) -> Order:
        return order

    @entry(no_auth=True)
    def get_order(self, number: int) -> Order | tuple[Problem, Literal[404]]:
        return Order(number) if number % 2 else (Problem("there is none"), 404)

    @entry(no_auth=True)
    def put_points(self, points: Body[list[Point]]) -> list[Point]:
        return points

    @entry(no_auth=True)
    def post_model(self, model: Body[Model]) -> Model:
        return model

    @entry(no_auth=True)
    def get_values(
        self, *, day: date = date(2026, 1, 2), id: UUID | None = None, count: int = 0,
        colour: Colour = Colour.BLUE, kind: Literal["a", "b"] = "a",
    ) -> dict[str, int | str | None]:
        return {"day": str(day), "id": id and str(id), "count": count, "colour": colour.value}

    @entry(no_auth=True)
    def patch_size(self, *, size: Size, prices: list[Decimal] = ()) -> tuple[Size, Literal[202]]:
        return size, 202

    @entry
    def delete_order(self, number: int) -> None:
        return None

    @entry(no_auth=True)
    def get_text(self) -> str:
        return "text"


app = Shop()
"""


# Without Pydantic, which would have to be built into a layer.
ON_LAMBDA = re.sub(
    r"import pydantic\n|class Model.*?\n\n\n|    @entry\(no_auth=True\)\n    def post_model.*?\n\n",
    "",
    SERVICE,
    flags=re.DOTALL,
)
STACK = """
from aws_cdk import App, Stack

from coworks_cdk import CoworksMicroService

app = App()
CoworksMicroService(
    Stack(app, "Documented"), "Shop", app="shop", project_dir=FOLDER,
    environment={"CWS_CHECK_ANSWERS": "1"},
)
app.synth()
"""


@pytest.fixture(scope="module", params=["cws run", "the local gateway"])
def url(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("documented")
    (folder / "tech").mkdir()
    serve = served_here if request.param == "cws run" else served_as_deployed
    with serve(folder) as url:
        yield url


@contextmanager
def served_as_deployed(folder):
    (folder / "tech" / "shop.py").write_text(ON_LAMBDA)
    (folder / "app.py").write_text(STACK.replace("FOLDER", repr(str(folder / "tech"))))
    assembly = synthesize(folder / "app.py", folder / "synth")
    with (
        (folder / "log").open("w") as log,
        Session(Settings(assembly, port=0), Log(log, "text")) as session,
    ):
        ((_, url),) = session.urls()
        yield url.rstrip("/")


@contextmanager
def served_here(folder):
    (folder / "tech" / "shop.py").write_text(SERVICE)
    port = free_port()
    command = [sys.executable, "-m", "coworks_runtime.cws", "--app", "shop", "run", "-p", str(port)]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, env=dict(os.environ), stdout=log, stderr=log)

    def answers():
        assert server.poll() is None, (folder / "log").read_text()
        with suppress(OSError):
            connection = HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/text")
            assert connection.getresponse().read() == b"text"
            return True
        return False

    try:
        eventually(answers)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(60)


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.mark.slow
def test_answers_are_as_documented(url):
    token = {"Authorization": "token"}
    schema = schemathesis.openapi.from_url(f"{url}/admin/openapi", headers=token)
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) >= 9
    for operation in operations:

        @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def check(case):
            case.call_and_validate(headers=token, checks=CHECKS)

        check()
