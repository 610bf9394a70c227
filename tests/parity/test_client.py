"""Every request of the suite that a client can make, made by it: what is told is the same.

Of those that it can't make, each says why.
"""

import importlib.util
from io import BytesIO

import httpx
import msgspec
import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from coworks_runtime.client import remote
from coworks_runtime.client.stream import StreamedAnswer
from tests.parity.cases import ALIKE, FORM, JSON
from tests.parity.side_by_side import MODULES, describe

# What a call says by itself, and what the HTTP library does.
NOT_GIVEN = {"authorization", "content-type", "content-length", "host"}
# Made once: it takes longer than a request.
TLS = httpx.create_ssl_context()


def load(name):
    path = MODULES[name].with_suffix(".py")
    spec = importlib.util.spec_from_file_location(f"parity_client_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.app


@pytest.fixture(scope="module")
def services():
    return {name: load(name) for name in MODULES}


BY_QUERY = {"GET", "HEAD", "OPTIONS"}


def call_of(service, ask):
    """Endpoint, path values and keywords of a request; a text that says why no call makes it."""
    found = _matched(service, ask)
    if isinstance(found, str):
        return found
    endpoint, given, query = found
    signature = service.entries[endpoint].signature
    values = _sent(service, ask, signature, query)
    if isinstance(values, str):
        return values
    own = {p.sent_as: p.name for p in signature.parameters}
    if any(p.alias and p.name in values and p.name not in own for p in signature.parameters):
        return "a client sends a value by its alias"
    return endpoint, given, {own.get(name, name): value for name, value in values.items()}


def _matched(service, ask):
    """Endpoint, path values and query of a request that an entry answers."""
    try:
        with service.test_request_context(ask.path, method=ask.method) as context:
            endpoint = context.request.endpoint
            given = dict(context.request.view_args or {})
            query = {n: v[0] if len(v) == 1 else v for n, v in context.request.args.lists()}
    except HTTPException as error:
        return f"no entry has this path and method: {error.code}"
    if endpoint is not None and endpoint not in service.entries:
        return "the route is a plain one"
    if endpoint is None or service.entries[endpoint].route.method != ask.method:
        return "no entry has this path and method"
    if ask.path.endswith("/") and len(ask.path) > 1:
        return "a client sends no slash after the path"
    if not all(segment for value in given.values() for segment in _segments(value)):
        return "a client sends no empty segment"
    return endpoint, given, query


def _sent(service, ask, signature, query):
    """The values of a request by the names that are sent."""
    if any(value != value.strip() or not value.isascii() for _, value in ask.headers):
        return "no HTTP library sends such a header"
    if any(";" in str(value) for value in query.values()):
        return "a client encodes a semicolon"
    if ask.body and ask.method in BY_QUERY:
        return "a client sends no body with such a method"
    if any(isinstance(value, list) and name in signature.single for name, value in query.items()):
        return "a client sends one value to what takes one"
    values = _values(service, ask, signature)
    marked = {p.sent_as for p in signature.parameters if p.kind == "query"}
    by_query = ask.method in BY_QUERY or (ask.method == "DELETE" and not ask.body)
    if isinstance(values, str) or by_query or query.keys() <= marked:
        own = {_plain_name(name): value for name, value in query.items()}
        return values if isinstance(values, str) else values | own
    return "a client sends by the body what the query doesn't give"


def _plain_name(name):
    return name.replace("[", "__").replace("]", "__")


def _segments(value):
    return value.split("/") if isinstance(value, str) else value if isinstance(value, tuple) else ()


def _values(service, ask, signature):
    """The values of a body; a text that says why a client sends no such body."""
    kind = {name.lower(): value for name, value in ask.headers}.get("content-type", "")
    if not ask.body:
        return {}
    takes_body = any(p.kind in {"keyword", "any", "body"} for p in signature.parameters)
    if not takes_body and kind != JSON[1]:
        return "the entry reads a body itself, which a client doesn't send"
    if any(name == "Content-Encoding" for name, _ in ask.headers):
        return "a client encodes no body"
    if kind.partition(";")[0] in {FORM[1], "multipart/form-data"}:
        return _form_values(service, ask)
    if "json" not in kind and kind:
        return "a client sends JSON or a form"
    try:
        value = msgspec.json.decode(ask.body)
    except (msgspec.MsgspecError, RecursionError):
        return "a client sends JSON that is right"
    if isinstance(value, dict):
        return value
    if len(signature.keywords) != 1:
        return "a client sends an object for several parameters"
    return {signature.keywords[0]: value}


def _form_values(service, ask):
    headers = list(ask.headers)
    with service.test_request_context(
        ask.path, method=ask.method, headers=headers, data=ask.body
    ) as context:
        try:
            form, files = context.request.form, context.request.files
            if "multipart" in context.request.content_type and not (form or files):
                return "a client sends a form that is right"
        except HTTPException:
            return "a client sends a form that is right"
        if "\ufffd" in str(form):
            return "a client sends text in UTF-8"
        # What a call gives is read again and again.
        sent = [(name, [_kept(file) for file in several]) for name, several in files.lists()]
        return {
            _plain_name(name): several[0] if len(several) == 1 else several
            for name, several in [*form.lists(), *sent]
        }


def _kept(file):
    return FileStorage(BytesIO(file.read()), file.filename, file.name, headers=file.headers)


def called(client, service, call):
    """What a call tells: the status and the value, or why it can't be made."""
    endpoint, given, values = call
    for name in endpoint.split("."):
        client = getattr(client, name)
    signature = service.entries[endpoint].signature
    args = [given[name] for name in signature.path]
    args += given[signature.greedy] if signature.greedy else ()
    try:
        value = client(*args, **values)
        return 200, joined(value) if isinstance(value, StreamedAnswer) else value
    except HTTPException as error:
        return error.code, error.description
    except (TypeError, ValueError) as error:
        return None, str(error)


def joined(stream):
    """A stream's pieces as one text, or as bytes; nothing of an empty one."""
    pieces = list(stream)
    return type(pieces[0])().join(pieces) if pieces else None


def told(answer):
    """What an answer tells, as a call does."""
    kind = answer.headers.get("Content-Type", "")
    if answer.status_code >= 400:
        return answer.status_code, answer.json().get("message") if "json" in kind else None
    if answer.status_code == 204 or answer.request.method == "HEAD":
        return 200, None
    if "json" in kind:
        return 200, msgspec.json.decode(answer.content)
    return 200, answer.text if kind.startswith("text/") else answer.content


def same(called, told):
    """Whether two tell the same: of an empty stream no piece tells what it is."""
    return called == told or (called[1] is None and not told[1] and called[0] == told[0])


def plain(value):
    return value if isinstance(value, bytes | Response) else msgspec.to_builtins(value)


CALLS = [ask for ask in ALIKE if ask.service in MODULES]


@pytest.mark.parametrize("ask", CALLS, ids=[f"{n}-{describe(ask)}" for n, ask in enumerate(CALLS)])
def test_a_call_tells_what_the_request_does(flask, gateway, services, ask):
    service = services[ask.service]
    call = call_of(service, ask)
    if isinstance(call, str):
        pytest.skip(call)
    token = {name.lower(): value for name, value in ask.headers}.get("authorization")
    own = [(name, value) for name, value in ask.headers if name.lower() not in NOT_GIVEN]
    others = [(name, value) for name, value in ask.headers if name.lower() in NOT_GIVEN]
    for backend in (flask, gateway):
        call = call_of(service, ask)
        base = f"http://127.0.0.1:{backend.ports[ask.service]}{backend.prefix}"
        with httpx.Client(base_url=base, headers=own, timeout=30, verify=TLS) as http:
            status, value = called(remote(service, http, token=token), service, call)
            http.cookies.clear()
            raw = http.request(ask.method, f"{base}{ask.path}", headers=others, content=ask.body)
        if status is None:
            # What isn't sent is refused, or an empty segment that only a request can have.
            assert raw.status_code >= 400 or "//" in ask.path, value
        elif isinstance(value, Response):
            assert value.status_code == raw.status_code
        elif status >= 400 and (told(raw)[1] is None or FORM in ask.headers):
            # Of JSON it says "array" where of a form it says that several values were sent.
            assert status == raw.status_code
        else:
            assert same((status, plain(value)), told(raw))


def test_most_requests_are_calls(services):
    found = [call_of(services[ask.service], ask) for ask in CALLS]
    assert sum(not isinstance(call, str) for call in found) > 390
