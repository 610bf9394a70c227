import subprocess
import sys
from datetime import date
from functools import cached_property, partial, partialmethod, singledispatchmethod, wraps
from uuid import UUID

import pytest
from flask import g, request

from coworks_runtime import Blueprint, TechMicroService, entry
from coworks_runtime.client import remote
from coworks_runtime.entry_map import Entry
from coworks_runtime.errors import DuplicateRouteError, EntryError


class Names(TechMicroService):
    """Every kind of name."""

    def _answer(self, *values):
        return {"called": list(values)}

    @entry(no_auth=True)
    def get(self):
        return self._answer("get")

    @entry(no_auth=True)
    def get_content(self):
        return self._answer("get_content")

    @entry(no_auth=True)
    def get_service_test(self):
        return self._answer("get_service_test")

    @entry(no_auth=True)
    def get_item(self, index):
        return self._answer("get_item", index)

    @entry(no_auth=True)
    def get_content_(self, value):
        return self._answer("get_content_", value)

    @entry(no_auth=True)
    def get_content__(self, value, other):
        return self._answer("get_content__", value, other)

    @entry(no_auth=True)
    def get_(self, uid):
        return self._answer("get_", uid)

    @entry(no_auth=True)
    def get_file(self, *path):
        return self._answer("get_file", *path)

    @entry(no_auth=True)
    def get_tree(self, root, *path):
        return self._answer("get_tree", root, *path)

    @entry(no_auth=True)
    def put(self):
        return self._answer("put")

    @entry(no_auth=True)
    def patch_x(self):
        return self._answer("patch_x")

    @entry(no_auth=True)
    def delete_x(self):
        return self._answer("delete_x")

    @entry(no_auth=True)
    def post_x(self):
        return self._answer("post_x")

    @entry(no_auth=True)
    def head_x(self):
        return "", 200, {"X-Entry": "head_x"}

    @entry(no_auth=True)
    def get_x(self):
        return "", 200, {"X-Entry": "get_x"}

    @entry(no_auth=True)
    def options_x(self):
        return self._answer("options_x")

    @entry(no_auth=True)
    def send_mail(self):
        return self._answer("send_mail")

    @entry(no_auth=True)
    async def get_later(self):
        return self._answer("get_later")


@pytest.mark.parametrize(
    ("method", "path", "called"),
    [
        ("GET", "/", ["get"]),
        ("GET", "/content", ["get_content"]),
        ("GET", "/content/", ["get_content"]),
        ("GET", "/service/test", ["get_service_test"]),
        ("GET", "/item/5", ["get_item", "5"]),
        ("GET", "/content/5", ["get_content_", "5"]),
        ("GET", "/content/5/", ["get_content_", "5"]),
        ("GET", "/content/5/6", ["get_content__", "5", "6"]),
        ("GET", "/someone", ["get_", "someone"]),
        ("GET", "/file/a", ["get_file", "a"]),
        ("GET", "/file/a/b/c", ["get_file", "a", "b", "c"]),
        ("GET", "/file/a/", ["get_file", "a"]),
        ("GET", "/tree/r/a/b", ["get_tree", "r", "a", "b"]),
        ("PUT", "/", ["put"]),
        ("PATCH", "/x", ["patch_x"]),
        ("DELETE", "/x", ["delete_x"]),
        ("POST", "/x", ["post_x"]),
        ("OPTIONS", "/x", ["options_x"]),
        ("POST", "/send/mail", ["send_mail"]),
        ("GET", "/later", ["get_later"]),
        ("GET", "/content/caf%C3%A9", ["get_content_", "café"]),
        ("GET", "/content/a%20b%3Fc", ["get_content_", "a b?c"]),
    ],
)
def test_the_name_gives_the_route(call, method, path, called):
    answer = call(Names()).request(method, path)
    assert (answer.status, answer.json) == (200, {"called": called})


def test_a_declared_head_wins_over_the_automatic_one(call):
    caller = call(Names())
    assert caller.request("HEAD", "/x").header("X-Entry") == "head_x"
    assert caller.get("/x").header("X-Entry") == "get_x"


def test_a_declared_head_wins_in_either_order():
    app = TechMicroService()
    app.add_url_rule("/a", "read", lambda: "read")
    app.add_url_rule("/a", "probe", lambda: ("", 299), methods=["HEAD"])
    app.add_url_rule("/b", "probe2", lambda: ("", 299), methods=["HEAD"])
    app.add_url_rule("/b", "read2", lambda: "read")
    adapter = app.url_map.bind("localhost")
    assert adapter.match("/a", "HEAD")[0] == "probe"
    assert adapter.match("/b", "HEAD")[0] == "probe2"


def test_a_greedy_entry_does_not_answer_on_its_bare_prefix(call):
    class Files(TechMicroService):
        @entry(no_auth=True)
        def get_file(self, *path):
            return list(path)

    assert call(Files()).get("/file").status == 404


@pytest.mark.parametrize("value", [("a", "b c"), ["a", "b c"], "a/b c"])
def test_url_for_a_greedy_entry(value):
    app = Names()
    with app.test_request_context():
        assert app.url_for("get_file", path=value) == "/file/a/b%20c"


@pytest.mark.parametrize(
    ("stage", "expected"), [(None, {"/", "/only"}), ("prod", {"/", "/two"}), ("v1", {"/"})]
)
def test_entries_of_stages(monkeypatch, stage, expected):
    if stage:
        monkeypatch.setenv("CWS_STAGE", stage)

    class Staged(TechMicroService):
        @entry
        def get(self):
            return ""

        @entry(stage="dev")
        def get_only(self):
            return ""

        @entry(stage=["prod", "test"])
        def get_two(self):
            return ""

    assert {entry.path for entry in Staged().entry_map()} == expected


def test_two_entries_on_one_path_are_refused_naming_both():
    class Twice(TechMicroService):
        @entry
        def get_content(self, value):
            return value

        @entry
        def get_content_(self, other):
            return other

    with pytest.raises(DuplicateRouteError) as raised:
        Twice()
    message = str(raised.value)
    assert "GET /content/{other}" in message
    assert "Twice.get_content " in message
    assert "Twice.get_content_;" in message


def test_a_route_of_a_blueprint_counts_the_same():
    class Service(TechMicroService):
        @entry
        def get_admin(self):
            return ""

    class Bp(Blueprint):
        @entry
        def get(self):
            return ""

    with pytest.raises(DuplicateRouteError, match=r"GET /admin .*Service.get_admin.*Bp.get"):
        Service().register_blueprint(Bp(), url_prefix="/admin")


def test_a_plain_flask_route_counts_the_same():
    app = Names()
    with pytest.raises(DuplicateRouteError, match="GET /content"):
        app.add_url_rule("/content", "again", lambda: "")


def test_plain_flask_routes_work_behind_the_authorizer(call, monkeypatch):
    monkeypatch.setenv("TOKEN", "t")
    app = Names()

    @app.route("/plain/<int:number>", methods=["GET", "POST"])
    def plain(number):
        return {"number": number}

    caller = call(app)
    assert caller.get("/plain/5", Authorization="t").json == {"number": 5}
    assert caller.get("/plain/5", Authorization="u").status == 403
    assert [e.method for e in app.entry_map() if e.path == "/plain/{number}"] == ["GET", "POST"]


class Shelf(Blueprint):
    @entry(no_auth=True)
    def get(self):
        return "root"

    @entry(no_auth=True)
    def get_book(self, isbn):
        return f"book {isbn}"


def test_a_blueprint_is_named_after_its_class_and_answers_below_its_prefix(call):
    app = TechMicroService()
    app.register_blueprint(Shelf(), url_prefix="/shelf")
    caller = call(app)
    assert caller.get("/shelf").text == "root"
    assert caller.get("/shelf/book/1").text == "book 1"
    with app.test_request_context():
        assert app.url_for("shelf.get_book", isbn=1) == "/shelf/book/1"
    assert {e.blueprint for e in app.entry_map()} == {"shelf"}


def test_blueprints_nest_and_need_no_prefix(call):
    outer, inner = Shelf("outer"), Shelf("inner")
    outer.register_blueprint(inner, url_prefix="/in")
    app = TechMicroService()
    app.register_blueprint(outer)
    caller = call(app)
    assert caller.get("/").text == "root"
    assert caller.get("/in/book/2").text == "book 2"
    assert [(e.path, e.endpoint) for e in app.entry_map()] == [
        ("/", "outer.get"),
        ("/book/{isbn}", "outer.get_book"),
        ("/in", "outer.inner.get"),
        ("/in/book/{isbn}", "outer.inner.get_book"),
    ]


def test_a_prefix_gives_its_variables_to_the_entries(call):
    class Tenant(Blueprint):
        @entry(no_auth=True)
        def get(self, tenant):
            return f"root of {tenant}"

        @entry(no_auth=True)
        def get_order(self, tenant: str, number: int, *, size: int = 1):
            return {"tenant": tenant, "number": number, "size": size}

        @entry(no_auth=True)
        def get_other(self, tenants):
            return f"other of {tenants} and {g.tenant}"

    one = Tenant()
    one.url_value_preprocessor(
        lambda endpoint, values: (
            "other" not in endpoint or setattr(g, "tenant", values.pop("tenant"))
        )
    )
    app = TechMicroService()
    app.register_blueprint(one, url_prefix="/v1/<tenant>")
    app.register_blueprint(Shelf(), url_prefix="/of-<int:shelf>", hide_routes=True)
    caller = call(app)
    assert caller.get("/v1/acme").text == "root of acme"
    assert caller.get("/v1/acme/order/3?size=2").json == {"tenant": "acme", "number": 3, "size": 2}
    assert caller.get("/v1/acme/order/x").status == 422
    assert caller.get("/v1/acme/other/us").text == "other of us and acme"
    assert [(e.path, [p.name for p in e.parameters]) for e in app.entry_map()] == [
        ("/v1/{tenant}", ["tenant"]),
        ("/v1/{tenant}/order/{number}", ["tenant", "number", "size"]),
        ("/v1/{tenant}/other/{tenants}", ["tenants"]),
    ]
    with app.test_request_context():
        assert app.url_for("tenant.get_order", tenant="a", number=3) == "/v1/a/order/3"
    assert remote(app, app.test_client()).tenant.get_order("a", 4)["number"] == 4


def test_hidden_routes_keep_the_hooks(call):
    seen = []
    outer = Shelf("outer")
    outer.register_blueprint(Shelf("inner"), url_prefix="/in")
    outer.before_app_request(lambda: seen.append("hook"))
    app = Names()
    before = app.entry_map()
    app.register_blueprint(outer, url_prefix="/shelf", hide_routes=True)
    assert app.entry_map() == before
    assert call(app).get("/").status == 200
    assert seen == ["hook"]


def test_entries_of_a_blueprint_have_stages():
    class Staged(Blueprint):
        @entry(stage="prod")
        def get(self):
            return ""

    app = TechMicroService()
    app.register_blueprint(Staged(), url_prefix="/s")
    assert app.entry_map() == ()


def test_the_entry_map_is_sorted_and_frozen():
    entries = Names().entry_map()
    assert all(isinstance(e, Entry) for e in entries)
    keys = [(e.path, e.method) for e in entries]
    assert keys == sorted(keys)
    assert ("/tree/{root}/{path+}", "GET") in keys
    with pytest.raises(AttributeError):
        entries[0].path = "/other"


def test_parameters_in_the_entry_map():
    class Kinds(TechMicroService):
        @entry
        def get_kinds(self, a: int, *rest: str, b: "list[int]", c=5, **others):
            """Doc.

            More.
            """

    (only,) = Kinds().entry_map()
    assert [(p.name, p.kind, p.required, p.type, p.default) for p in only.parameters] == [
        ("a", "path", True, "int", None),
        ("rest", "greedy", True, "str", None),
        ("b", "keyword", True, "list[int]", None),
        ("c", "keyword", False, None, 5),
        ("others", "any", False, None, None),
    ]
    assert only.doc == "Doc.\n\nMore."


def _service_with(function, name=None):
    marked = entry(function)
    return type("Wrong", (TechMicroService,), {name or function.__name__: marked})


def test_what_can_not_be_an_entry_is_refused_when_the_service_is_set_up():
    class Odd:
        pass

    def get_x(self, value: Odd = None):
        return ""

    def get_y(self, größe):  # noqa: PLC2401
        return ""

    def get_z():
        return ""

    def get_w(self, value: "Missing"):  # noqa: F821
        return ""

    def run(self):
        return ""

    def get_v(self, value: dict[str, UUID | date] = None):  # noqa: RUF013
        return ""

    for function, text in [
        (get_v, "entry 'get_v' of Wrong, parameter 'value': the annotation"),
        (get_x, "entry 'get_x' of Wrong, parameter 'value': nothing converts"),
        (get_y, "the path parameter 'größe' must be written with ASCII"),
        (get_z, "its first parameter must be self"),
        (get_w, "parameter 'value': its annotation can't be read: name 'Missing' is not defined"),
        (run, "would hide Flask.run: call it run_"),
    ]:
        with pytest.raises(EntryError) as raised:
            _service_with(function)()
        assert text in str(raised.value)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"no_auth": "yes"}, "no_auth='yes'"),
        ({"stage": []}, "stage=[]"),
        ({"stage": 5}, "stage=5"),
        ({"stage": [""]}, "stage=['']"),
    ],
)
def test_wrong_options_are_refused(options, text):
    with pytest.raises(EntryError) as raised:
        entry(**options)
    assert text in str(raised.value)


def test_only_functions_are_marked():
    with pytest.raises(EntryError, match="marks methods and view functions"):
        entry(property(lambda self: 1))


@pytest.mark.parametrize(
    "above", [staticmethod, classmethod, property, cached_property, partialmethod]
)
@pytest.mark.parametrize("base", [TechMicroService, Blueprint])
def test_what_hides_an_entry_is_refused(above, base):
    wrong = type("Wrong", (base,), {"get_x": above(entry(lambda self: "x"))})
    service = TechMicroService() if base is Blueprint else None
    with pytest.raises(EntryError) as raised:
        wrong() if service is None else service.register_blueprint(wrong())
    assert f"entry 'get_x' of Wrong is a {above.__name__}: an entry is a method" in str(
        raised.value
    )


def bare(function):
    """A decorator without functools.wraps."""

    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def named(function):
    """One that sets the name alone, as some do by hand."""
    wrapper = bare(function)
    wrapper.__name__ = function.__name__
    return wrapper


class Timed:
    """One that is a class."""

    def __init__(self, function):
        self.inner = function

    def __call__(self, *args, **kwargs):
        return self.inner(*args, **kwargs)

    def __get__(self, instance, owner):
        return partial(self, instance)


def told(message):
    """One that is told something."""

    def decorate(function):
        def inner(*args):
            return f"{message}: {function(*args)}"

        return inner

    return decorate


@pytest.mark.parametrize(
    ("above", "made"),
    [
        (bare, "bare.<locals>.wrapper"),
        (named, "bare.<locals>.wrapper"),
        (Timed, "Timed"),
        (partial, "partial"),
        (singledispatchmethod, "singledispatchmethod"),
        (told("x"), "told.<locals>.decorate.<locals>.inner"),
        (lambda function: bare(Timed(bare(function))), "bare.<locals>.wrapper"),
        (lambda function: bare(wraps(function)(bare(function))), "bare.<locals>.wrapper"),
    ],
    ids=["bare", "named", "class", "partial", "dispatch", "told", "layers", "wrapped inside"],
)
@pytest.mark.parametrize("base", [TechMicroService, Blueprint])
def test_a_decorator_that_loses_an_entry_is_told(above, made, base):
    def get_x(self):
        return "x"

    wrong = type("Wrong", (base,), {"get_x": above(entry(get_x))})
    service = TechMicroService() if base is Blueprint else None
    with pytest.raises(EntryError) as raised:
        wrong() if service is None else service.register_blueprint(wrong())
    assert str(raised.value) == (
        f"entry 'get_x' of Wrong is hidden by {made}, which a decorator has made of it: write @entry "
        "above that decorator, or functools.wraps in it"
    )


def test_an_inherited_entry_that_a_decorator_loses_is_told():
    class Base(TechMicroService):
        @entry(no_auth=True)
        def get_x(self):
            return "x"

    class Child(Base):
        get_x = bare(Base.get_x)

    assert Base().test_client().get("/x").text == "x"
    with pytest.raises(EntryError, match="Child is hidden by bare"):
        Child()


class Shy:
    """What nobody may compare, nor ask for an attribute."""

    def __eq__(self, other):
        raise AssertionError

    def __call__(self):
        return None

    __hash__ = object.__hash__


def test_decorators_that_lose_nothing_are_left_alone():
    compares_with_nobody = Shy()

    def bound(function):
        return lambda self: function(self).upper()

    def kept(function):
        return wraps(function)(bare(function))

    @entry(no_auth=True)
    def get_x(self):
        return "x"

    class Right(TechMicroService):
        x = kept(get_x)
        again = bare(get_x)  # a name that isn't the entry's: a helper

        @kept
        @entry(no_auth=True)
        def get_above(self):
            return "above"

        @entry(no_auth=True)
        @bound
        def get_below(self):
            return "below"

        @bare
        def plain(self):
            return get_x(self)

        @told(request)
        def of_request(self):
            return "proxies are asked for nothing"

        pair = partial(compares_with_nobody)

    Right.get_x = get_x
    client = Right().test_client()
    assert [client.get(path).text for path in ("/x", "/above", "/below")] == ["x", "above", "BELOW"]
    assert Right().plain() == "x"


def test_what_hides_no_entry_stays():
    class Right(TechMicroService):
        @staticmethod
        def helper():
            return "x"

        @property
        def word(self):
            return self.helper()

        @entry(no_auth=True)
        def get(self):
            return self.word

    assert Right().test_client().get("/").text == "x"


def test_an_override_without_the_mark_is_no_entry():
    class Child(Names):
        def get_content(self):
            return "hidden"

    assert ("/content", "GET") not in [(e.path, e.method) for e in Child().entry_map()]


def test_a_service_and_a_blueprint_pass_a_strict_type_check(tmp_path):
    source = tmp_path / "typed.py"
    source.write_text(
        "from coworks_runtime import Blueprint, TechMicroService, entry\n"
        "class Service(TechMicroService):\n"
        "    @entry\n"
        "    def get(self) -> str:\n"
        "        return ''\n"
        "    @entry(no_auth=True)\n"
        "    def post(self, value: int = 0) -> str:\n"
        "        return ''\n"
        "class Shelf(Blueprint):\n"
        "    @entry\n"
        "    def get(self) -> str:\n"
        "        return ''\n"
    )
    command = [sys.executable, "-m", "mypy", "--strict", str(source)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert result.returncode == 0, result.stdout
