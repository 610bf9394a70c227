"""The forms of Admin's page, tried in a browser against a real server."""

import json
import threading
from contextlib import contextmanager
from typing import Literal

import msgspec
import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from coworks_runtime import TechMicroService, entry
from coworks_runtime.blueprint.admin_blueprint import Admin
from tests.browser import launched, page_of


class Item(msgspec.Struct):
    name: str
    price: float = 1.5


class Shop(TechMicroService):
    """A shop."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.register_blueprint(Admin(), url_prefix="/admin")

    def token_authorizer(self, token):
        return token == "right"

    @entry(no_auth=True)
    def get(self, *, page: int = 1, sort: Literal["name", "price"] = "name", tags: list[str] = ()):
        """List the items."""
        return {"page": page, "sort": sort, "tags": list(tags)}

    @entry
    def post_item(self, shelf: int, *, item: Item, note=None):
        """Make an item."""
        return {"shelf": shelf, "name": item.name, "price": item.price, "note": note}

    @entry(no_auth=True)
    def post_upload(self, *, file: FileStorage, title: str = ""):
        """Take a file."""
        return {"title": title, "name": file.filename, "size": len(file.read())}

    @entry(no_auth=True)
    def get_file(self, *path):
        """Tell a path."""
        return "|".join(path)

    @entry(no_auth=True)
    def delete_item(self, number):
        """Remove an item."""

    @entry(no_auth=True)
    def get_big(self):
        """A number that a browser can't hold."""
        return {"n": 12345678901234567890}


@contextmanager
def served(prefix=""):
    app = Shop()
    application = DispatcherMiddleware(Response("", 404), {prefix: app}) if prefix else app
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}{prefix}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def browser():
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def page(browser):
    with served() as url:
        page = page_of(browser)
        page.goto(f"{url}/admin")
        yield page


def form_of(page, text):
    """The form of a route, opened."""
    article = page.locator("article", has_text=text)
    details = article.locator("details")
    if not details.evaluate("d => d.open"):
        details.locator("summary").click()
    return details


def send(form):
    answer = form.locator(".answer")
    answer.evaluate("a => { a.hidden = true }")
    form.get_by_role("button", name="Send").click()
    answer.wait_for()
    return (
        answer.locator(".status").inner_text(),
        answer.locator(".content").text_content(),
        answer.locator(".headers").text_content(),
    )


def test_a_route_is_tried_with_the_example_and_the_token(page):
    form = form_of(page, "Make an item.")
    body = form.get_by_label("body")
    assert json.loads(body.input_value()) == {
        "item": {"name": "text", "price": 1.5},
        "note": "text",
    }
    page.get_by_label("Token").fill("")
    assert send(form)[0].startswith("401")
    page.get_by_label("Token").fill("wrong")
    status, content, _ = send(form)
    assert status.startswith("403")
    assert json.loads(content) == {"message": "Forbidden"}
    page.get_by_label("Token").fill("right")
    form.get_by_label("shelf").fill("7")
    body.fill('{"item": {"name": "ü"}}')
    status, content, headers = send(form)
    assert status == "200 OK"
    assert json.loads(content) == {"shelf": 7, "name": "ü", "price": 1.5, "note": None}
    assert "content-type: application/json" in headers
    assert form.locator(".time").inner_text().endswith(" ms")
    curl = form.locator(".curl").text_content()
    assert curl.startswith("curl -X POST 'http://127.0.0.1:")
    assert '/item/7\' -H "Authorization: $TOKEN"' in curl
    assert """--data-raw '{"item": {"name": "ü"}}'""" in curl
    assert "right" not in page.content()


def test_a_wrong_value_shows_what_the_service_says(page):
    form = form_of(page, "List the items.")
    form.get_by_label("page").fill("x")
    status, content, _ = send(form)
    assert status.startswith("422")
    assert "page" in json.loads(content)["message"]
    form.get_by_label("page").fill("")
    form.get_by_label("sort").select_option("price")
    form.get_by_label("tags").fill("a&b\nc")
    assert json.loads(send(form)[1]) == {"page": 1, "sort": "price", "tags": ["a&b", "c"]}


def test_a_file_is_uploaded(page, tmp_path):
    form = form_of(page, "Take a file.")
    (tmp_path / "it's.bin").write_bytes(bytes(range(256)))
    form.locator("input[type=file]").set_input_files(tmp_path / "it's.bin")
    form.get_by_label("title").fill("T")
    assert json.loads(send(form)[1]) == {"title": "T", "name": "it's.bin", "size": 256}
    assert "-F 'file=@it'\\''s.bin' -F 'title=T'" in form.locator(".curl").text_content()


def test_paths_and_empty_answers(page):
    form = form_of(page, "Tell a path.")
    form.get_by_label("path").fill("a b/ü?/c")
    assert send(form)[1] == "a b|ü?|c"
    form = form_of(page, "Remove an item.")
    form.get_by_label("number").fill("a/b")
    assert send(form)[0].startswith("404")
    form.get_by_label("number").fill("5")
    assert send(form)[0].startswith("204")
    assert form.locator(".content").is_hidden()


def test_numbers_keep_their_digits(page):
    form = form_of(page, "A number that a browser can't hold.")
    assert "12345678901234567890" in send(form)[1]


def test_the_document_is_loaded_with_the_token(page):
    page.get_by_label("Token").fill("wrong")
    page.get_by_text("OpenAPI document").click()
    page.get_by_text("403").wait_for()
    page.get_by_label("Token").fill("right")
    with page.expect_download() as download:
        page.get_by_text("OpenAPI document").click()
    document = json.loads(download.value.path().read_text())
    assert document["info"]["title"] == "shop"


def test_a_page_under_a_prefix_asks_below_it(browser):
    with served("/dev") as url:
        page = page_of(browser, width=390, scheme="dark")
        page.goto(f"{url}/admin")
        form = form_of(page, "List the items.")
        assert json.loads(send(form)[1])["page"] == 1
        assert f"'{url}/'" in form.locator(".curl").text_content()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.said == []


def test_with_a_token_the_page_tells_the_details_of_protected_routes(browser):
    with served() as url:
        page = page_of(browser)
        page.goto(f"{url}/admin")
        article = page.locator("article", has_text="Make an item.")
        assert "note=…" in article.locator(".signature").inner_text()
        page.get_by_label("Token").fill("right")
        page.get_by_label("Token").blur()
        article.get_by_text("note=None").wait_for()
        assert "Its details are shown" not in article.inner_text()
