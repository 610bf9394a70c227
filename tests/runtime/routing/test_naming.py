"""Properties of generated services."""

import keyword
from urllib.parse import quote

import hypothesis.strategies as st
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings

from coworks_runtime import TechMicroService, entry
from coworks_runtime.routing.naming import METHODS, from_werkzeug, path_key, route_of, to_werkzeug
from tests.runtime.conftest import LambdaCaller

WORD = st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True).filter(
    lambda word: not keyword.iskeyword(word) and word not in METHODS
)
FILLER = st.sampled_from(["", "_", "__"])
NAME = st.builds(
    lambda before, method, words, between, after: (
        before + between.join(filter(None, [method, *words])) + after
    ),
    FILLER,
    st.sampled_from(["", *METHODS]),
    st.lists(WORD, max_size=3),
    st.sampled_from(["_", "__"]),
    FILLER,
).filter(lambda name: name.strip("_") and not (hasattr(Flask, name) and name not in METHODS))
VARIABLES = st.lists(
    st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True).filter(
        lambda v: not keyword.iskeyword(v) and v != "self"
    ),
    unique=True,
    max_size=4,
)


@given(NAME, VARIABLES, st.booleans())
def test_the_rules_of_names(name, variables, has_greedy):
    greedy = variables.pop() if has_greedy and variables else None
    route = route_of(name, variables, greedy)
    words = [w for w in name.split("_") if w]
    named = words[0] in METHODS
    assert route.method == (words[0].upper() if named else "POST")
    segments = [s for s in route.path.split("/") if s]
    assert segments[: len(words) - named] == words[named:]
    rest = segments[len(words) - named :]
    assert rest == [f"{{{v}}}" for v in variables] + ([f"{{{greedy}+}}"] if greedy else [])
    assert from_werkzeug(to_werkzeug(route.path)) == route.path
    other = [f"{v}x" for v in variables]
    assert path_key(route_of(name, other, greedy and "other").path) == path_key(route.path)


@st.composite
def services(draw):
    """A service of generated names and signatures, and what each entry's route must be."""
    members, routes = {}, {}
    for name in draw(st.lists(NAME, min_size=1, max_size=4, unique=True)):
        variables = draw(VARIABLES)
        keywords = [v for v in draw(VARIABLES) if v not in variables]
        greedy = variables.pop() if variables and draw(st.booleans()) else None
        any_name = (
            "others"
            if draw(st.booleans()) and "others" not in [*variables, *keywords, greedy]
            else None
        )
        kind = draw(st.sampled_from(["", ": int", ": bool", ": list[int]", ": float"]))
        parameters = ["self", *variables, *([f"*{greedy}"] if greedy else [])]
        parameters += [f"{k}{kind}=None" for k in keywords]
        parameters += [f"**{any_name}"] if any_name else []
        route = route_of(name, variables, greedy)
        if any(other.key == route.key for other in routes.values()):
            continue
        namespace = {}
        exec(f"def {name}({', '.join(parameters)}): return {name!r}", namespace)
        members[name] = entry(no_auth=True)(namespace[name])
        routes[name] = route
    return type("Generated", (TechMicroService,), members)(), routes


SEGMENT = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="/"), min_size=1, max_size=6
).filter(lambda s: s not in {".", ".."})
SLOW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
    ],
)


@SLOW
@given(services())
def test_every_generated_service_has_the_routes_of_its_names(made):
    app, routes = made
    assert {(e.endpoint, e.method, e.path) for e in app.entry_map()} == {
        (name, route.method, route.path) for name, route in routes.items()
    }


@SLOW
@given(services(), st.data())
def test_no_generated_request_is_answered_by_a_500(made, data):
    app, routes = made
    caller = LambdaCaller(app)
    route = data.draw(st.sampled_from(list(routes.values())))
    path = "/".join(
        quote(data.draw(SEGMENT), safe="") if part.startswith("{") else part
        for part in route.path.split("/")
    )
    query = data.draw(st.text(max_size=20).map(lambda t: quote(t, safe="=&[]", errors="replace")))
    body = data.draw(
        st.one_of(st.binary(max_size=30), st.sampled_from([b"{}", b"[1]", b'{"self":1}']))
    )
    media = data.draw(
        st.sampled_from(
            [
                "application/json",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "multipart/form-data",
                "text/plain; charset=nonsense",
                "",
            ]
        )
    )
    answer = caller.request(
        route.method, f"{path}?{query}", body, {"Content-Type": media} if media else {}
    )
    assert answer.status < 500, answer
    assert answer.status in {200, 308, 400, 404, 405, 413, 415, 422}


@pytest.mark.parametrize("name", ["get", "get_", "_get", "post_x", "x"])
def test_a_plain_request_reaches_its_entry(name):
    assume_it_is_callable = entry(no_auth=True)(eval(f"lambda self: {name!r}"))
    assume_it_is_callable.__name__ = name
    app = type("One", (TechMicroService,), {name: assume_it_is_callable})()
    (only,) = app.entry_map()
    assert LambdaCaller(app).request(only.method, only.path).text == name
