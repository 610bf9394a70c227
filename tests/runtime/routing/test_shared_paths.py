"""Two routes on one method and path: Flask's order between plain ones, an error with an entry."""

import functools

import flask
import pytest

from coworks_runtime import Blueprint, TechMicroService, entry
from coworks_runtime.bound_entry import bound_entry_of
from coworks_runtime.errors import DuplicateRouteError


class Open(TechMicroService):
    def token_authorizer(self, token):
        return token == "t"

    @entry(no_auth=True)
    def get_item(self, name):
        return name


def _ask(call, app, *requests):
    caller = call(app)
    return [
        caller.request(method, path, headers={"Authorization": "t"}) for method, path in requests
    ]


def test_the_first_of_two_plain_routes_answers(call):
    app = Open()
    blog = flask.Blueprint("blog", __name__)
    blog.add_url_rule("/", "index", lambda: "blog")
    app.register_blueprint(blog)
    app.add_url_rule("/", endpoint="index")
    app.add_url_rule("/both", "one", lambda: "one")
    app.add_url_rule("/both", "two", lambda: "two")
    answers = _ask(call, app, ("GET", "/"), ("GET", "/both"))
    assert [answer.text for answer in answers] == ["blog", "one"]
    assert [e.endpoint for e in app.entry_map()] == ["blog.index", "one", "get_item"]


def _by_id(**values):
    return f"id {values['id']}"


def test_converters_decide_between_plain_routes(call):
    app = Open()
    app.add_url_rule("/u/<name>", "by_name", lambda name: f"name {name}")
    app.add_url_rule("/u/<int:id>", "by_id", _by_id)
    answers = _ask(call, app, ("GET", "/u/5"), ("GET", "/u/five"))
    assert [answer.text for answer in answers] == ["id 5", "name five"]


@pytest.mark.parametrize("path", ["/item/<other>", "/item/<int:number>"])
def test_a_plain_route_that_could_answer_for_an_entry_is_refused(path):
    with pytest.raises(DuplicateRouteError, match=r"GET /item/.*Open\.get_item.*lambda"):
        Open().add_url_rule(path, "again", lambda **values: "")


def test_an_entry_that_could_answer_for_a_plain_route_is_refused():
    class Late(Blueprint):
        @entry
        def get(self):
            return ""

    app = Open()
    app.add_url_rule("/late", "plain", lambda: "")
    with pytest.raises(DuplicateRouteError, match=r"GET /late .*lambda.*Late\.get"):
        app.register_blueprint(Late(), url_prefix="/late")


def test_subdomains_keep_routes_apart():
    app = Open(subdomain_matching=True)
    app.config["SERVER_NAME"] = "shop.test"
    app.add_url_rule("/item/<x>", "plain", lambda x: f"admin {x}", subdomain="admin")
    app.add_url_rule("/where", "a", lambda: "a", subdomain="a")
    app.add_url_rule("/where", "b", lambda: "b", subdomain="b")
    client = app.test_client()
    headers = {"Authorization": "t"}
    assert client.get("/item/1").text == "1"
    assert (
        client.get("/item/1", base_url="http://admin.shop.test/", headers=headers).text == "admin 1"
    )
    for name in "ab":
        url = f"http://{name}.shop.test/"
        assert client.get("/where", base_url=url, headers=headers).text == name
    with pytest.raises(DuplicateRouteError, match="GET /item"):
        app.add_url_rule("/item/<y>", "third", lambda y: y)


def test_hosts_keep_routes_apart():
    app = TechMicroService("hosts", host_matching=True)
    app.add_url_rule("/", "a", lambda: "a", host="a.test")
    app.add_url_rule("/", "b", lambda: "b", host="b.test")
    assert {rule.host for rule in app.url_map.iter_rules("a")} == {"a.test"}
    assert {rule.host for rule in app.url_map.iter_rules("b")} == {"b.test"}


def test_the_head_of_an_entry_wins_over_a_plain_get():
    class Heads(TechMicroService):
        @entry(no_auth=True)
        def head_declared(self):
            return "", 200, {"X-By": "entry"}

    app = Heads()
    app.add_url_rule("/declared", "plain_get", lambda: "plain")
    assert app.test_client().head("/declared").headers["X-By"] == "entry"


def test_what_flask_refuses_is_refused_in_its_words():
    app = Open()
    with pytest.raises(TypeError, match="must be a list of strings"):
        app.add_url_rule("/x", "x", lambda: "", methods="POST")
    with pytest.raises(AssertionError, match="expected view func"):
        app.add_url_rule("/x")


def test_the_view_of_an_entry_looks_like_its_function():
    view = Open().view_functions["get_item"]
    assert view.__name__ == "get_item"
    assert view.__qualname__ == "Open.get_item"
    assert view.__module__ == __name__
    assert view.__wrapped__ is vars(Open)["get_item"]
    bound = bound_entry_of(view)
    assert bound is not None
    assert bound.view is view


@pytest.mark.parametrize("entry_first", [True, False])
def test_marks_of_decorators_are_on_the_view(entry_first):
    def marked(function):
        function.mark = "set"
        return function

    class Marked(TechMicroService):
        if entry_first:

            @entry
            @marked
            def get(self):
                return ""

        else:

            @marked
            @entry
            def get(self):
                return ""

    assert Marked().view_functions["get"].mark == "set"


def test_a_wrapped_view_is_the_entry_still(call):
    app = Open()
    inner = app.view_functions["get_item"]

    @functools.wraps(inner)
    def outer(**values):
        return {"inner": app.make_response(inner(**values)).get_data(as_text=True)}

    app.view_functions["get_item"] = outer
    assert call(app).get("/item/1").json == {"inner": "1"}
