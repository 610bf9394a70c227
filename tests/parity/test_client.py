"""Every request of the suite that a client can make, made by it: what is told is the same."""

import importlib.util

import httpx
import msgspec
import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from coworks_runtime.client import remote
from tests.parity.cases import ALIKE, JSON
from tests.parity.side_by_side import MODULES, describe

# What only a request of one's own says; a client has the token and what the entry takes.
OWN_HEADERS = {"authorization", "content-type"}


def load(name):
    path = MODULES[name].with_suffix(".py")
    spec = importlib.util.spec_from_file_location(f"parity_client_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.app


@pytest.fixture(scope="module")
def services():
    return {name: load(name) for name in MODULES}


def call_of(service, ask):
    """Endpoint, path values and keywords of a request; None where no call makes it."""
    names = {name.lower() for name, _ in ask.headers}
    own = names - OWN_HEADERS or ask.method in {"HEAD", "OPTIONS"} or "[" in ask.path
    own = own or (ask.path.endswith("/") and len(ask.path) > 1)
    if own or any(value != value.strip() for _, value in ask.headers):
        return None
    try:
        with service.test_request_context(ask.path, method=ask.method) as context:
            endpoint = context.request.endpoint
            given = dict(context.request.view_args or {})
            query = {n: v[0] if len(v) == 1 else v for n, v in context.request.args.lists()}
    except HTTPException:
        return None
    if endpoint not in service.entries:
        return None
    if ask.method == "GET":
        return None if ask.body else (endpoint, given, query)
    values = {} if not ask.body else _object(ask) if JSON in ask.headers else None
    return None if query or values is None else (endpoint, given, values)


def _object(ask):
    try:
        value = msgspec.json.decode(ask.body)
    except (msgspec.MsgspecError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def called(client, service, call):
    """What a call tells: the status and the value, or why it can't be made."""
    endpoint, given, values = call
    for name in endpoint.split("."):
        client = getattr(client, name)
    signature = service.entries[endpoint].signature
    args = [given[name] for name in signature.path]
    args += given[signature.greedy] if signature.greedy else ()
    try:
        return 200, client(*args, **values)
    except HTTPException as error:
        return error.code, error.description
    except (TypeError, ValueError) as error:
        return None, str(error)


def told(answer):
    """What an answer tells, as a call does."""
    kind = answer.headers.get("Content-Type", "")
    if answer.status_code >= 400:
        return answer.status_code, answer.json().get("message") if "json" in kind else None
    if answer.status_code == 204:
        return 200, None
    if "json" in kind:
        return 200, msgspec.json.decode(answer.content)
    return 200, answer.text if kind.startswith("text/") else answer.content


def plain(value):
    return value if isinstance(value, bytes | Response) else msgspec.to_builtins(value)


CALLS = [ask for ask in ALIKE if ask.service in MODULES]


@pytest.mark.parametrize("ask", CALLS, ids=[f"{n}-{describe(ask)}" for n, ask in enumerate(CALLS)])
def test_a_call_tells_what_the_request_does(flask, gateway, services, ask):
    service = services[ask.service]
    call = call_of(service, ask)
    if call is None:
        pytest.skip("no call makes this request")
    token = {name.lower(): value for name, value in ask.headers}.get("authorization")
    for backend in (flask, gateway):
        base = f"http://127.0.0.1:{backend.ports[ask.service]}{backend.prefix}"
        with httpx.Client(base_url=base, timeout=30) as http:
            status, value = called(remote(service, http, token=token), service, call)
            http.cookies.clear()
            raw = http.request(
                ask.method, f"{base}{ask.path}", headers=list(ask.headers), content=ask.body
            )
        if status is None:
            # What isn't sent is refused, or an empty segment that only a request can have.
            assert raw.status_code >= 400 or "//" in ask.path, value
        elif isinstance(value, Response):
            assert value.status_code == raw.status_code
        elif status >= 400 and told(raw)[1] is None:
            assert status == raw.status_code
        else:
            assert (status, plain(value)) == told(raw)


def test_most_requests_are_calls(services):
    assert sum(call_of(services[ask.service], ask) is not None for ask in CALLS) > 250
