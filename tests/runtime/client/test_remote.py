"""A service called as its class: by a real server, by a test client, as the environment says."""

import threading
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from io import BytesIO
from typing import Annotated, Literal
from uuid import UUID

import httpx
import msgspec
import pytest
from flask import Response
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import (
    BadGateway,
    Conflict,
    Forbidden,
    HTTPException,
    NotFound,
    Unauthorized,
    UnprocessableEntity,
)
from werkzeug.serving import make_server

from coworks_runtime import Blueprint, Body, Query, TechMicroService, entry
from coworks_runtime.client import remote


class Color(Enum):
    RED = "red"


class Item(msgspec.Struct):
    name: str
    price: Decimal = Decimal("1.50")
    at: datetime | None = None


class Inner(Blueprint):
    @entry(no_auth=True)
    def get_deep(self, value):
        return value


class Stock(Blueprint):
    def __init__(self, **kwargs):
        super().__init__("stock", **kwargs)
        self.register_blueprint(Inner("inner"), url_prefix="/inner")

    @entry
    def get_count(self, name: str, *, at: date | None = None) -> int:
        """How many."""
        return len(name) + (at.day if at else 0)


class Shop(TechMicroService):
    authorization_header = "X-Token"

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.register_blueprint(Stock(), url_prefix="/stock")

    def token_authorizer(self, token):
        return token == "right"

    @entry(no_auth=True)
    def get(self):
        return "Hello"

    @entry(no_auth=True)
    def get_item(self, key: UUID, *, color: Color = Color.RED, tags: list[str] = ()) -> dict:
        return {"key": key, "color": color, "tags": tags}

    @entry(no_auth=True)
    def post_item(
        self, shelf: int, item: Body[Item], *, dry: Query[bool] = False
    ) -> tuple[Item, Literal[201], dict[str, str]]:
        assert (shelf, dry) == (3, True)
        return item, 201, {"X-Made": "yes"}

    @entry(no_auth=True)
    def put_item(self, *, item: Item, note: str | None = "none"):
        return {"item": item, "note": note}

    @entry(no_auth=True)
    def get_word(self, word):
        return word

    @entry(no_auth=True)
    def get_file(self, *path):
        return list(path)

    @entry(no_auth=True)
    def get_range(self, *, least: int = 5, most: int | None = None) -> list[int | None]:
        return [least, most]

    @entry(no_auth=True)
    def post_any(self, first=None, **others):
        return {"first": first, **others}

    @entry(no_auth=True)
    def post_upload(self, *, file: FileStorage, title: str = "") -> str:
        return f"{title}:{file.filename}:{file.read().decode()}"

    @entry(no_auth=True)
    def delete_item(self, key) -> None:
        raise NotFound(f"no {key} here") if key == "x" else Conflict(key)

    @entry(no_auth=True)
    def put_nothing(self) -> None:
        return None

    @entry(no_auth=True)
    def get_bytes(self) -> bytes:
        return bytes(range(256))

    @entry(no_auth=True)
    def get_response(self) -> Response:
        return Response("<p>", 202, {"X-A": "1"}, mimetype="text/html")

    @entry(no_auth=True)
    def get_wrong(self) -> Annotated[int, msgspec.Meta(gt=3)]:
        return 1

    @entry(no_auth=True)
    async def get_later(self) -> tuple[Item, int]:
        return Item("later"), 200

    @entry
    def get_secret(self):
        return "secret"


@pytest.fixture(scope="module")
def app():
    return Shop()


@pytest.fixture(scope="module")
def url(app):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=["url", "httpx", "test client"])
def shop(request, app, url):
    target = {"url": url, "test client": app.test_client(), "httpx": None}[request.param]
    if target is None:
        target = httpx.Client(base_url=url, timeout=30)
    with remote(Shop, target, token="right") as shop:
        yield shop
    if isinstance(target, httpx.Client):
        assert not target.is_closed
        target.close()


KEY = UUID("12345678-1234-5678-1234-567812345678")


def test_values_go_out_and_come_back(shop):
    assert shop.get() == "Hello"
    assert shop.get_item(KEY, tags=["a b", "ü&"]) == {
        "key": str(KEY),
        "color": "red",
        "tags": ["a b", "ü&"],
    }
    item = Item("ü", Decimal("0.10"), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert shop.post_item(3, item, dry=True) == item
    assert shop.put_item(item=item, note=None)["note"] is None
    assert shop.put_item(item=item)["note"] == "none"
    assert shop.get_bytes() == bytes(range(256))
    assert shop.put_nothing() is None
    assert shop.get_later() == Item("later")
    assert shop.get_range() == [5, None]
    assert shop.get_range(least=0) == [0, None]
    assert shop.post_any(1, second=[1, {"a": None}]) == {"first": 1, "second": [1, {"a": None}]}


@pytest.mark.parametrize("word", ["a b", "ü", "a%2Fb", "a+b", "a?b", "#", "a;b", "...", "%"])
def test_words_of_a_path_arrive_as_they_are(shop, word):
    assert shop.get_word(word) == word
    assert shop.get_file("a", word) == ["a", word]


@pytest.mark.parametrize("word", ["a/b", "/", "", ".", ".."])
def test_words_that_would_call_another_entry_are_refused(shop, word):
    with pytest.raises(ValueError, match=r"Shop.get_word, parameter 'word'.*another entry"):
        shop.get_word(word)
    with pytest.raises(ValueError, match="another entry"):
        shop.get_file("a", word)


def test_what_a_query_can_not_tell_is_refused(shop):
    with pytest.raises(ValueError, match=r"Shop.get_range, parameter 'least': a query can't tell"):
        shop.get_range(least=None)
    with pytest.raises(ValueError, match="at least one is needed"):
        shop.get_file()


def test_a_call_takes_what_the_function_takes(shop):
    with pytest.raises(TypeError, match="missing a required argument: 'key'"):
        shop.get_item()
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        shop.get_item(KEY, colour="red")
    with pytest.raises(AttributeError, match="Shop has no entry and no blueprint 'get_itm'"):
        shop.get_itm(KEY)


def test_errors_arrive_as_exceptions(shop):
    with pytest.raises(NotFound) as missing:
        shop.delete_item("x")
    assert missing.value.description == "no x here"
    with pytest.raises(Conflict):
        shop.delete_item("y")
    with pytest.raises(UnprocessableEntity, match="key"):
        shop.get_item("no uuid")
    with pytest.raises(BadGateway, match=r"Shop.get_wrong: the answer doesn't fit"):
        shop.get_wrong()


def test_a_status_without_a_class_of_its_own_is_an_exception_too():
    class Odd(TechMicroService):
        @entry(no_auth=True)
        def get(self):
            return "odd", 499

    with pytest.raises(HTTPException) as raised:
        remote(Odd, Odd().test_client()).get()
    assert raised.value.code == 499


def test_responses_come_whole(shop):
    response = shop.get_response()
    assert (response.status_code, response.headers["X-A"]) == (202, "1")
    assert response.get_data() == b"<p>"


def test_files_are_uploaded(shop):
    file = FileStorage(BytesIO(b"content"), filename="a.txt")
    assert shop.post_upload(file=file, title="ü") == "ü:a.txt:content"


def test_the_entries_of_blueprints(shop):
    assert shop.stock.get_count("abc", at=date(2026, 1, 9)) == 12
    assert shop.stock.inner.get_deep("v") == "v"
    with pytest.raises(AttributeError, match="'stock' has no entry and no blueprint 'nope'"):
        shop.stock.nope()


def test_the_token_goes_to_protected_entries_only(app, url):
    sent = []
    client = httpx.Client(base_url=url, event_hooks={"request": [sent.append]})
    tokens = iter(["right", "wrong"])
    with client, remote(Shop, client, token=lambda: next(tokens)) as shop:
        assert shop.get() == "Hello"
        assert shop.get_secret() == "secret"
        with pytest.raises(Forbidden):
            shop.get_secret()
        with pytest.raises(Unauthorized):
            remote(Shop, client).get_secret()
    assert [request.headers.get("X-Token") for request in sent] == [None, "right", "wrong", None]


def test_the_environment_says_where(app, url, monkeypatch):
    with pytest.raises(ValueError, match="CWS_SHOP_URL"):
        remote(Shop)
    monkeypatch.setenv("CWS_SHOP_URL", f"{url}/")
    monkeypatch.setenv("CWS_SHOP_TOKEN", "right")
    with remote(Shop) as shop:
        assert shop.get_secret() == "secret"


def test_a_service_stands_for_its_class(app, url):
    with remote(app, url, token="right") as shop:
        assert shop.get() == "Hello"
        assert shop.stock.get_count("a") == 1


def test_a_service_that_needs_arguments_is_given(url):
    class Needs(Shop):
        def __init__(self, table, **kwargs):
            super().__init__(**kwargs)

    with remote(Needs, url, token="right") as shop:
        assert shop.get() == "Hello"
        with pytest.raises(TypeError, match=r"remote\(Needs\).*give remote\(\) a service"):
            shop.stock.get_count("a")


@pytest.mark.parametrize(
    ("target", "error", "message"),
    [
        ("ftp://x", ValueError, "must start with"),
        (3, TypeError, "the target is a int"),
        (httpx.Client(), ValueError, "no base_url"),
    ],
)
def test_wrong_targets_are_refused(target, error, message):
    with pytest.raises(error, match=message):
        remote(Shop, target)


def test_what_is_no_service_is_refused(url):
    with pytest.raises(TypeError, match="no TechMicroService"):
        remote(Item, url)


def test_entries_look_like_their_functions(shop):
    assert shop.stock.get_count.__doc__ == "How many."
    assert shop.stock.get_count.__name__ == "get_count"
    assert "Stock.get_count" in repr(shop.stock.get_count)
    assert repr(shop) == "<remote Shop>"
