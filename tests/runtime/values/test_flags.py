"""``enum.Flag``: sums of members are values everywhere, and the document says so."""

import enum
import json

import jsonschema
import msgspec
import pydantic
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from coworks_runtime import TechMicroService, entry
from coworks_runtime.blueprint.admin import openapi_document, routes_of, service_info
from coworks_runtime.client import remote


# By default it is strict or not, as the version of Python has it.
class Access(enum.Flag, boundary=enum.STRICT):
    """What somebody may do."""

    READ = 1
    WRITE = 2
    SHARE = 4
    ALL = 7


class Gaps(enum.Flag, boundary=enum.STRICT):
    A = 1
    B = 4


class Far(enum.Flag, boundary=enum.STRICT):
    A = 1
    B = 1 << 40


BITS = {f"BIT_{2 * bit}": 1 << 2 * bit for bit in range(7)}
Wide = enum.Flag("Wide", BITS, boundary=enum.STRICT)
FIRST = Wide(1)


class Kept(enum.IntFlag):
    A = 1
    B = 2


class Dropped(enum.Flag, boundary=enum.CONFORM):
    A = 1
    B = 2


class Grant(msgspec.Struct):
    access: Access
    gaps: list[Gaps] = []


class Model(pydantic.BaseModel):
    access: Access = Access.READ
    kept: Kept | None = None


class Grants(TechMicroService):
    @entry(no_auth=True)
    def get_access(self, value: Access, *, other: Access = Access.READ | Access.SHARE) -> Access:
        return value | other

    @entry(no_auth=True)
    def get_gaps(self, *, value: Gaps = Gaps(0)) -> Gaps:  # noqa: B008
        return value

    @entry(no_auth=True)
    def get_wide(self, *, value: Wide = FIRST) -> Wide:
        return value

    @entry(no_auth=True)
    def get_far(self, *, value: Far = Far.A) -> Far:
        return value

    @entry(no_auth=True)
    def get_kept(self, *, value: Kept = Kept.A) -> Kept:
        return value

    @entry(no_auth=True)
    def get_dropped(self, *, value: Dropped = Dropped.A) -> Dropped:
        return value

    @entry(no_auth=True)
    def post_grant(self, *, grant: Grant, model: Model | None = None) -> list[Grant | Model]:
        return [grant, model or Model()]

    @entry(no_auth=True)
    def put_grant(self, *, several: list[Access]) -> dict[str, Grant]:
        return {"all": Grant(several[0] | several[1], [Gaps.A | Gaps.B])}

    @entry(no_auth=True)
    def put_model(self, *, model: Model) -> Model:
        return model


def schemas():
    app = Grants()
    made = json.loads(json.dumps(openapi_document(service_info(app), routes_of(app), "")))
    OpenAPIV31SpecValidator(made).validate()
    return made["components"]["schemas"]


@pytest.fixture(scope="module")
def described():
    return schemas()


def test_the_document_tells_sums(described):
    assert described["Access"] == {
        "title": "Access",
        "description": "What somebody may do.\n\nA sum of READ = 1, WRITE = 2, SHARE = 4, ALL = 7.",
        "type": "integer",
        "minimum": 0,
        "maximum": 7,
    }
    assert described["Gaps"]["enum"] == [0, 1, 4, 5]
    assert described["Kept"] == {
        "title": "Kept", "description": "A sum of A = 1, B = 2.", "type": "integer",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["Access", "Gaps", "Kept", "Dropped"])
def test_it_takes_what_the_document_says(described, name):
    client = Grants().test_client()
    path = "/access/{}" if name == "Access" else f"/{name.lower()}?value={{}}"
    for number in range(20):
        fits = jsonschema.Draft202012Validator(described[name]).is_valid(number)
        assert (client.get(path.format(number)).status_code == 200) is fits, number


def test_a_wide_one_is_described_by_its_bounds(described):
    assert (described["Wide"]["minimum"], described["Wide"]["maximum"]) == (0, 0x1555)
    assert described["Far"]["enum"] == [0, 1, 1 << 40, (1 << 40) + 1]
    client = Grants().test_client()
    assert [client.get(f"/wide?value={n}").status_code for n in (0, 2, 0x1555)] == [200, 422, 200]


def test_a_client_sends_and_reads_sums(monkeypatch):
    monkeypatch.setenv("CWS_CHECK_ANSWERS", "1")
    grants = remote(Grants, Grants().test_client())
    assert grants.get_access(Access.READ | Access.WRITE) == Access.ALL
    assert grants.get_access(Access(0), other=Access(0)) == Access(0)
    assert grants.get_gaps(value=Gaps.A | Gaps.B) == Gaps.A | Gaps.B
    assert grants.get_kept(value=Kept.A | Kept.B | 8) == Kept.A | Kept.B | 8
    both = [Access.READ, Access.SHARE]
    assert grants.put_grant(several=both) == {
        "all": Grant(Access.READ | Access.SHARE, [Gaps.A | Gaps.B])
    }
    model = Model(access=Access.ALL, kept=Kept.A | Kept.B)
    assert grants.put_model(model=model) == model


def test_a_body_holds_them_as_numbers():
    client = Grants().test_client()
    answer = client.post(
        "/grant", json={"grant": {"access": 6, "gaps": [5]}, "model": {"access": 3}}
    )
    assert answer.json == [{"access": 6, "gaps": [5]}, {"access": 3, "kept": None}]
    refused = client.post("/grant", json={"grant": {"access": 8}})
    assert (refused.status_code, refused.json) == (
        422, {"message": "Parameter 'grant': access: Invalid enum value"},
    )  # fmt: skip


def test_a_default_is_shown_as_python_writes_it():
    routes = {route.function: route.signature for route in routes_of(Grants())}
    assert "other: Access = Access.READ | Access.SHARE)" in routes["get_access"]
    assert "value: Gaps = Gaps(0))" in routes["get_gaps"]
    assert "value: Kept = Kept.A)" in routes["get_kept"]
