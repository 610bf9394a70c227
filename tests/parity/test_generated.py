"""Generated requests: whatever is sent, Flask's server and the local gateway answer alike."""

import json
import string
from urllib.parse import quote, urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.parity.side_by_side import Ask, differences

GET_PATHS = [
    "/item/{}",
    "/pair/{}/{}",
    "/sibling/{}",
    "/file/{}",
    "/file/{}/{}",
    "/number/{}",
    "/when/{}",
    "/query",
    "/typed",
    "/required",
    "/bracketed",
    "/text",
    "/shop/article/{}",
    "/{}",
    "/private",
    "/headers",
    "/shop/inner/deep/{}",
]
SEND_PATHS = ["/typed", "/any", "/single", "/nothing", "/raw", "/send/mail", "/private"]
NAMES = st.sampled_from(
    ["number", "ratio", "flag", "text", "numbers", "colour", "kind", "a", "self", "page[x]", "ü"]
)
# No NUL: http.client sends none. No dots alone: clients resolve them.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
SEGMENTS = TEXTS.filter(lambda text: text.strip() and text not in (".", "..")).map(
    lambda text: quote(text, safe="")
)
HEADER_VALUES = st.text(string.ascii_letters + string.digits + " ,;=\"'()", max_size=20)
VALUES = st.one_of(TEXTS, st.integers().map(str), st.sampled_from(["true", "red", "a", "[]"]))
QUERIES = st.lists(st.tuples(NAMES, VALUES), max_size=5).map(urlencode)
HEADERS = st.lists(
    st.tuples(st.sampled_from(["X-Custom", "X-Seen", "Accept", "User-Agent"]), HEADER_VALUES),
    max_size=3,
    unique_by=lambda header: header[0],
)
TOKENS = st.sampled_from([None, "token", "dev", "wrong", "context", "unauthorized"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
BODIES = st.one_of(
    JSON.map(lambda value: ("application/json", json.dumps(value).encode())),
    QUERIES.map(lambda query: ("application/x-www-form-urlencoded", query.encode())),
    st.binary(max_size=200).map(lambda body: ("application/octet-stream", body)),
    st.binary(max_size=50).map(lambda body: ("application/json", body)),
)
BOUNDED = settings(
    max_examples=75,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@st.composite
def gets(draw):
    template = draw(st.sampled_from(GET_PATHS))
    path = template.format(*(draw(SEGMENTS) for _ in range(template.count("{}"))))
    query = draw(QUERIES)
    headers = draw(HEADERS)
    token = draw(TOKENS)
    if token is not None:
        headers = [*headers, ("Authorization", token)]
    return Ask("GET", f"{path}?{query}" if query else path, tuple(headers))


@st.composite
def sends(draw):
    media_type, body = draw(BODIES)
    token = draw(TOKENS)
    headers = [("Content-Type", media_type)]
    if token is not None:
        headers.append(("Authorization", token))
    return Ask("POST", draw(st.sampled_from(SEND_PATHS)), tuple(headers), body)


@given(ask=gets())
@BOUNDED
def test_generated_gets(flask, gateway, ask):
    assert differences(flask.ask(ask), gateway.ask(ask)) == []


@given(ask=sends())
@BOUNDED
def test_generated_bodies(flask, gateway, ask):
    assert differences(flask.ask(ask), gateway.ask(ask)) == []
