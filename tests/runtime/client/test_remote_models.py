"""Values whose classes read something else than they write, sent by a client."""

from typing import Any, NamedTuple

import pydantic
import pytest
from werkzeug.exceptions import BadGateway

from coworks_runtime import Body, TechMicroService, entry
from coworks_runtime.client import remote


class Computed(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")
    age: int

    @pydantic.computed_field  # type: ignore[prop-decorator]
    @property
    def double(self) -> int:
        return 2 * self.age


class Account(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")
    number: int = pydantic.Field(validation_alias="in", serialization_alias="out")
    password: pydantic.SecretStr = pydantic.Field(exclude=True)
    user: str = pydantic.Field("u", validation_alias=pydantic.AliasChoices("user-id", "uid"))
    owners: list[Computed] = []
    by_name: dict[str, Computed] = {}

    @pydantic.field_serializer("number")
    def written(self, number: int) -> str:
        return f"<{number}>"


class Numbers(pydantic.RootModel[list[int]]):
    pass


class Pair(NamedTuple):
    name: str
    count: int


class Renamed(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")
    number: int = pydantic.Field(validation_alias="in", serialization_alias="out")
    inner: Computed | None = None


class Accounts(TechMicroService):
    got: Any = None

    @entry(no_auth=True)
    def get_renamed(self) -> Renamed | None:
        return RENAMED

    @entry(no_auth=True)
    def get_several(self) -> tuple[dict[str, list[Renamed]], int]:
        return {"a": [RENAMED]}, 201

    @entry(no_auth=True)
    def get_wrong(self) -> Renamed:
        return {"out": "x"}

    def _keep(self, value):
        self.got = value

    @entry(no_auth=True)
    def post_account(self, account: Body[Account]) -> None:
        self._keep(account)

    @entry(no_auth=True)
    def put_account(self, *, account: Account, more: list[Account] = ()) -> None:
        self._keep((account, *more))

    @entry(no_auth=True)
    def get_account(self, *, account: Account) -> None:
        self._keep(account)

    @entry(no_auth=True)
    def post_numbers(self, numbers: Body[Numbers]) -> None:
        self._keep(numbers)

    @entry(no_auth=True)
    def get_pairs(
        self, *, pair: Pair, both: tuple[int, str], several: tuple[int, ...] = ()
    ) -> None:
        self._keep((pair, both, several))


RENAMED = Renamed.model_validate({"in": 3, "inner": Computed(age=1)})
ACCOUNT = Account.model_validate(
    {
        "in": 3,
        "password": "p",
        "user-id": "me",
        "owners": [Computed(age=1)],
        "by_name": {"a": Computed(age=2)},
        "extra": "kept",
    }
)


@pytest.fixture
def accounts():
    return Accounts()


@pytest.fixture
def client(accounts):
    return remote(Accounts, accounts.test_client())


def test_a_model_is_sent_as_its_class_reads_it(accounts, client):
    client.post_account(ACCOUNT)
    assert accounts.got == ACCOUNT
    client.put_account(account=ACCOUNT, more=[ACCOUNT, ACCOUNT])
    assert accounts.got == (ACCOUNT, ACCOUNT, ACCOUNT)
    client.get_account(account=ACCOUNT)
    assert accounts.got == ACCOUNT
    client.post_numbers(Numbers([1, 2]))
    assert accounts.got == Numbers([1, 2])


@pytest.mark.parametrize("several", [(), (1,), (1, 2)])
def test_a_tuple_of_a_length_is_one_value_of_a_query(accounts, client, several):
    client.get_pairs(pair=Pair("a", 1), both=(2, "b"), several=several)
    assert accounts.got == (Pair("a", 1), (2, "b"), several)


def test_an_answer_is_read_as_its_class_has_written_it(client):
    assert client.get_renamed() == RENAMED
    assert client.get_several() == {"a": [RENAMED]}
    with pytest.raises(BadGateway, match="in: Input should be a valid integer"):
        client.get_wrong()
