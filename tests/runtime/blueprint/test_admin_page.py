"""Admin's page and its list of routes, on the local server and on the handler."""

import re
import sys
from base64 import b64encode
from collections.abc import Callable
from enum import Enum
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coworks_runtime import Blueprint, TechMicroService, entry
from coworks_runtime.blueprint import admin
from coworks_runtime.blueprint.admin.markdown_text import render_markdown
from coworks_runtime.blueprint.admin_blueprint import Admin

TOKEN = {"Authorization": "mytoken"}
EVIL = "<script>alert('x')</script><img src=https://evil.test/x.png onerror=alert(1)>"


class Color(Enum):
    RED = "red"


class Store(Blueprint):
    @entry(stage="prod")
    def get_hidden(self):
        """Elsewhere only."""

    @entry
    def get(self, *path: str, size: int = 5, **others):
        """Give an item ``as it is``, see :class:`~shop.Item`.

        :param path: where it is
        :param size: of the answer,
            in pages
        :returns: the item
        :raises NotFound: where there is none
        """


class Documented(TechMicroService):
    """The docstring of the class.

    It has *two* paragraphs.
    """

    def __init__(self, admin: Blueprint | None = None, **kwargs: Any) -> None:
        super().__init__(name="documented-microservice", **kwargs)
        self.register_blueprint(admin or Admin(), url_prefix="/admin")
        self.register_blueprint(Store(), url_prefix="/store")

        @self.route("/plain/<int:key>", methods=["GET", "POST"])
        def plain(key):
            return "plain"

    @entry(no_auth=True)
    def get(self):
        """Say hello."""
        return "hello"

    @entry
    def post_item(self, key: int, *, color: Color = Color.RED, note: str = EVIL, needed: "float"):
        """Make an item. <script>alert("doc")</script>

        Details with <b>tags</b>.

        :param note: <i>anything</i>
        """


class Elements(HTMLParser):
    """All that a browser would see of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.ids: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "mytoken")


def page_of(app: TechMicroService, headers: dict[str, str] | None = TOKEN) -> str:
    response = app.test_client().get("/admin", headers=headers)
    assert response.status_code == 200
    return response.text


def routes_of(app: TechMicroService, query: str = "") -> list[dict[str, Any]]:
    response = app.test_client().get(f"/admin/route{query}", headers=TOKEN)
    assert response.status_code == 200
    return response.json


def test_the_page_is_public_and_the_rest_is_not(call: Callable[..., Any]) -> None:
    caller = call(Documented())
    page = caller.get("/admin")
    assert page.status == 200
    assert page.header("Content-Type") == "text/html; charset=utf-8"
    for path in ("/admin/route", "/admin/openapi"):
        assert caller.get(path).status == 401
        assert caller.get(path, Authorization="no").status == 403
        assert caller.get(path, **TOKEN).status == 200


def test_a_closed_page_needs_the_token(call: Callable[..., Any]) -> None:
    app = Documented(Admin(no_auth=False))
    caller = call(app)
    assert caller.get("/admin").status == 401
    assert caller.get("/admin", **TOKEN).status == 200
    assert not next(e for e in app.entry_map() if e.path == "/admin").no_auth
    # The class itself stays open, for other services.
    assert call(Documented()).get("/admin").status == 200


def test_a_closed_page_of_a_class_of_ones_own() -> None:
    class About(Admin):
        @entry(no_auth=True)
        def get(self):
            """Ours."""
            return "ours"

    about = About(no_auth=False)
    assert about.name == "about"
    assert isinstance(about, About)
    client = Documented(about).test_client()
    assert client.get("/admin").status_code == 401
    assert client.get("/admin", headers=TOKEN).text == "ours"


def test_at_any_prefix_and_under_any_name() -> None:
    app = TechMicroService(name="bare")
    app.register_blueprint(Admin("about"), url_prefix="/a/b")
    assert [entry.path for entry in app.entry_map()] == ["/a/b", "/a/b/openapi", "/a/b/route"]
    page = app.test_client().get("/a/b").text
    assert "Blueprint <code>about</code>" in page


def test_it_tells_name_stage_and_version(monkeypatch: pytest.MonkeyPatch) -> None:
    text = Elements(page_of(Documented())).text
    assert re.search(r"documented-microservice\s+Stage\s*dev\s+Version\s*local", text)
    monkeypatch.setenv("CWS_STAGE", "v1")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
    text = Elements(page_of(Documented())).text
    assert re.search(r"Stage\s*v1\s+Version\s*\$LATEST", text)


def test_documentation_is_the_instance_s_then_doc_md_then_the_docstring(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Documented()
    assert "<p>It has <em>two</em> paragraphs.</p>" in page_of(app)
    monkeypatch.setattr(Documented, "DOC_MD", "\n    # Of the **class**\n")
    assert "<h1>Of the <strong>class</strong></h1>" in page_of(app)
    app.doc_md = "Of the _instance_"
    assert "<p>Of the <em>instance</em></p>" in page_of(app)


def test_a_service_without_documentation() -> None:
    class Silent(TechMicroService):
        pass

    app = Silent()
    app.register_blueprint(Admin(), url_prefix="/admin")
    assert 'class="documentation"' not in page_of(app)

    class Inherited(Documented):
        pass

    assert "The docstring of the class." in page_of(Inherited())


def test_without_markdown_the_text_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "markdown", None)
    app = Documented()
    app.doc_md = f"# Title\n{EVIL}"
    page = page_of(app)
    assert "# Title" in page
    assert "Install the package <code>markdown</code>" in page
    assert Elements(page).tags.count("script") == 1  # the page's own


def test_every_route_is_on_the_page() -> None:
    page = page_of(Documented())
    elements = Elements(page)
    for method, path in [
        ("GET", "/"),
        ("POST", "/item/{key}"),
        ("GET", "/plain/{key}"),
        ("GET", "/store/{path+}"),
    ]:
        anchor = quote(f"{method} {path}")
        assert ("id", anchor) in elements.attributes
        assert ("href", f"#{anchor}") in elements.attributes
    assert "post_item(key: int, color: Color = Color.RED, note: str = " in elements.text
    assert "get(*path: str, size: int = 5, **others)" in elements.text
    assert "of the answer, in pages" in elements.text
    assert "Give an item <code>as it is</code>, see <code>shop.Item</code>." in page
    assert elements.text.count("public") == 2
    assert "Elsewhere only" not in page


def test_nothing_of_the_service_s_code_becomes_markup_and_no_request_leaves() -> None:
    app = Documented()
    app.doc_md = f"""
{EVIL}

<iframe src="https://evil.test/"></iframe> ![a picture](https://evil.test/picture.png)
[![inside](https://evil.test/inside.png)](https://ok.test/)
[a](javascript:alert) [b](&#106;avascript:alert) [c](java&Tab;script:alert) [d](data:text/html,x)
[e](https://ok.test/) [f](/relative:path) [g](mailto:a@ok.test) ![](javascript:alert)
"""
    page = page_of(app)
    elements = Elements(page)
    assert not {"img", "iframe", "i", "b", "object"} & set(elements.tags)
    assert elements.tags.count("script") == 1
    own = (Path(admin.__file__).parent / "templates" / "admin.js").read_text().strip()
    assert page.partition("<script>")[2].partition("</script>")[0].strip() == own
    assert "action" not in dict(elements.attributes)
    assert not [name for name, _ in elements.attributes if name.startswith("on") or name == "src"]
    targets = [value for name, value in elements.attributes if name == "href"]
    outside = sorted({target for target in targets if not target.startswith("#")})
    assert outside == [
        "/admin/openapi",
        "/relative:path",
        "data:,",
        "https://evil.test/picture.png",
        "https://ok.test/",
        "mailto:a@ok.test",
    ]
    assert "<link" in page
    styles = page.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in styles
    assert "@import" not in styles


def test_the_page_forbids_scripts_and_requests_but_its_own(call: Callable[..., Any]) -> None:
    answer = call(Documented()).get("/admin")
    policy = answer.header("Content-Security-Policy")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    script = answer.text.partition("<script>")[2].partition("</script>")[0]
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'; connect-src 'self';" in policy
    assert answer.header("Referrer-Policy") == "no-referrer"
    assert answer.header("X-Content-Type-Options") == "nosniff"


def test_routes_as_json(call: Callable[..., Any]) -> None:
    answer = call(Documented()).get("/admin/route?prefix=/store", **TOKEN)
    assert answer.json == [
        {
            "method": "GET",
            "path": "/store/{path+}",
            "endpoint": "store.get",
            "blueprint": "store",
            "no_auth": False,
            "no_cors": True,
            "background": False,
            "stream": False,
            "stages": None,
            "binary_headers": None,
            "signature": "get(*path: str, size: int = 5, **others)",
            "doc": "Give an item ``as it is``, see :class:`~shop.Item`.",
            "parameters": [
                {
                    "name": "path",
                    "kind": "greedy",
                    "required": True,
                    "type": "str",
                    "default": None,
                    "doc": "where it is",
                },
                {
                    "name": "size",
                    "kind": "keyword",
                    "required": False,
                    "type": "int",
                    "default": 5,
                    "doc": "of the answer, in pages",
                },
                {
                    "name": "others",
                    "kind": "any",
                    "required": False,
                    "type": None,
                    "default": None,
                    "doc": None,
                },
            ],
            "returns": "the item",
            "raises": [{"exception": "NotFound", "doc": "where there is none"}],
        }
    ]


def test_routes_of_a_prefix_and_of_a_blueprint() -> None:
    app = Documented()
    everything = [(r["method"], r["path"]) for r in routes_of(app)]
    assert everything == [(e.method, e.path) for e in app.entry_map()]
    assert routes_of(app, "?blueprint=__all__") == routes_of(app)
    assert [r["path"] for r in routes_of(app, "?blueprint=store")] == ["/store/{path+}"]
    assert [r["path"] for r in routes_of(app, "?blueprint=admin&prefix=/admin/o")] == [
        "/admin/openapi"
    ]
    own = [r["path"] for r in routes_of(app, "?blueprint=")]
    assert own == ["/", "/item/{key}", "/plain/{key}", "/plain/{key}"]
    assert routes_of(app, "?blueprint=other") == []


def test_defaults_that_json_has_no_type_for() -> None:
    class Odd:
        def __repr__(self) -> str:
            return "Odd" * 50

    class Service(TechMicroService):
        @entry
        def get(self, odd=Odd(), endless=float("inf")):  # noqa: B008
            pass

    app = Service()
    app.register_blueprint(Admin(), url_prefix="/admin")
    [route] = routes_of(app, "?blueprint=")
    assert [p["default"] for p in route["parameters"]] == ["Odd" * 50, None]
    assert route["signature"] == f"get(odd={'Odd' * 20}…, endless=inf)"


ALLOWED_TAGS = {
    *("a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol"),
    *("p", "pre", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
PIECES = [
    *("<", ">", "&", '"', "'", "`", "[", "]", "(", ")", "!", "*", "_", "#", ":", "\n", "\n\n"),
    *("    ", "|", "-", "\\", "~~~", "```", "x", "<script>", "</script>", "<img src=x onerror=y>"),
    *("javascript:", "&#106;", "&colon;", "&Tab;", "data:", "https://evil.test/", "<!--", "-->"),
    *("\x02", "\x03", "\x02wzxhzdk:0\x03", "klzzwxh:0000", "<div>", "style=", "{: onclick=x }"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_no_markdown_becomes_more_than_text_and_links(text: str) -> None:
    elements = Elements(render_markdown(text))
    assert set(elements.tags) <= ALLOWED_TAGS
    for name, value in elements.attributes:
        assert name in {"href", "title", "rel", "class", "style", "start"}, name
        if name == "href":
            assert re.match(r"https?:|mailto:|[^:]*$|[^:]*[/?#]", value.strip()), value
        if name == "style":
            assert value.startswith("text-align")


class Secretive(TechMicroService):
    def __init__(self) -> None:
        super().__init__()
        self.register_blueprint(Admin(), url_prefix="/admin")

    @entry
    def get_closed(self, *, key: str = "a1b2c3", thing: object = object()):
        """Closed in a sentence.

        Details that are hidden.

        :param key: the hidden parameter.
        :returns: a hidden result.
        """

    @entry(no_auth=True)
    def get_open(self, *, size: int = 4711, thing: object = object()):
        """Open in a sentence.

        Details that are shown.
        """


@pytest.mark.parametrize("headers", [{}, {"Authorization": "wrong"}])
def test_strangers_see_no_defaults_and_no_details_of_protected_routes(
    call: Callable[..., Any], headers: dict[str, str]
) -> None:
    page = call(Secretive()).get("/admin", **headers).text
    for hidden in ("a1b2c3", "are hidden", "hidden parameter", "hidden result", " at 0x"):
        assert hidden not in page
    assert "get_closed(key: str = …, thing: object = …)" in Elements(page).text
    for shown in ("Closed in a sentence.", "/closed", "4711", "Details that are shown."):
        assert shown in page


def test_who_is_let_in_sees_all(call: Callable[..., Any]) -> None:
    answer = call(Secretive()).get("/admin", **TOKEN)
    assert answer.header("Cache-Control") == "no-store"
    for shown in ("a1b2c3", "Details that are hidden.", "the hidden parameter", "a hidden result"):
        assert shown in answer.text
    assert "0x" not in Elements(answer.text).text
    assert "thing: object = <object object>" in Elements(answer.text).text


def test_no_description_holds_an_address() -> None:
    client = Secretive().test_client()
    for path in ("/admin/route", "/admin/openapi"):
        text = client.get(path, headers=TOKEN).text
        assert "object object" in text
        assert " at 0x" not in text
