"""Planted values over all that the services under test are ever sent, logged at DEBUG."""

import io
import logging
import sys

import pytest
from awslambdaric.lambda_runtime_log_utils import JsonFormatter

from coworks_runtime.observing.logs.access import AccessLog
from coworks_runtime.observing.logs.fields import CallFields
from coworks_runtime.observing.logs.lines import ReadableLines
from coworks_runtime.observing.observe import observe
from tests.event_corpus import corpus
from tests.parity import cases, side_by_side
from tests.runtime.conftest import LambdaCaller, WsgiLambdaCaller

PLANTED = "planted-value"
HEADERS = [
    ("Authorization", f"{PLANTED}-token"),
    ("Cookie", f"session={PLANTED}"),
    ("X-Api-Key", f"{PLANTED}-key"),
    ("X-Correlation-Id", f"bad {PLANTED} id"),
]


@pytest.fixture(scope="module")
def service():
    """The service of the parity tests, which has one of everything."""
    module = side_by_side.MODULES["Parity"]
    sys.path.insert(0, str(module.parent))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
        patch.setenv("AWS_LAMBDA_LOG_FORMAT", "JSON")
        patch.setenv("TOKEN", f"{PLANTED}-of-the-function")
        sys.modules.pop("parity", None)
        import parity

    if parity.app._watch is None:
        raise AssertionError("nothing is logged of the calls")
    observe(parity.app, AccessLog())
    yield parity.app
    sys.modules.pop("parity", None)
    sys.path.remove(str(module.parent))


@pytest.fixture
def log():
    """All that is logged, in JSON and as text to read."""
    written = io.StringIO()
    handlers = [logging.StreamHandler(written) for _ in range(2)]
    for handler, formatter in zip(
        handlers, (JsonFormatter(), ReadableLines(colored=False)), strict=True
    ):
        handler.setFormatter(formatter)
        handler.addFilter(CallFields())
        logging.root.addHandler(handler)
    level = logging.root.level
    logging.root.setLevel(logging.DEBUG)
    yield written
    logging.root.setLevel(level)
    for handler in handlers:
        logging.root.removeHandler(handler)


def planted(ask):
    """A request as it is, and with a value planted in its query or its body."""
    yield ask.path, ask.body
    sign = "&" if "?" in ask.path else "?"
    if ask.body:
        yield ask.path, ask.body.replace(b'"}', f'{PLANTED}"}}'.encode()) + PLANTED.encode()
    else:
        yield f"{ask.path}{sign}planted={PLANTED}-query", b""


ASKS = [ask for ask in cases.ALIKE if ask.service == "Parity"]


@pytest.mark.parametrize("way", [LambdaCaller, WsgiLambdaCaller])
def test_of_requests_on_both_ways(service, log, way, monkeypatch):
    monkeypatch.setenv("TOKEN", f"{PLANTED}-of-the-function")
    caller = way(service)
    statuses = {
        caller.request(ask.method, path, body, [*HEADERS, *ask.headers]).status
        for ask in ASKS
        for path, body in planted(ask)
    }
    assert statuses >= {200, 403, 404, 422, 500}
    service.__dict__.pop("wsgi_app", None)
    assert log.getvalue().count('"status": 200') > 100
    assert PLANTED not in log.getvalue()


def test_of_requests_to_a_server(service, log):
    client = service.test_client()
    for ask in ASKS:
        for path, body in planted(ask):
            headers = [*HEADERS, *((n, v.encode().decode("latin-1")) for n, v in ask.headers)]
            client.open(path, method=ask.method, data=body, headers=headers).close()
    assert log.getvalue().count('"status": 200') > 100
    assert PLANTED not in log.getvalue()


def plant(value):
    """An event with its bodies, headers, queries and tokens replaced."""
    if not isinstance(value, dict):
        return value
    secret = {"body", "authorizationToken", "headers", "multiValueHeaders", "rawQueryString"}
    secret |= {"queryStringParameters", "multiValueQueryStringParameters", "stageVariables"}
    secret |= {"authorizer", "identity", "cookies", "Records", "detail"}
    return {key: everywhere(x) if key in secret else plant(x) for key, x in value.items()}


def everywhere(value):
    if isinstance(value, dict):
        source = ("eventSource", "EventSource", "source")
        return {key: x if key in source else everywhere(x) for key, x in value.items()}
    if isinstance(value, list):
        return [everywhere(x) for x in value]
    return PLANTED if isinstance(value, str) else value


def test_of_events_whatever_they_are(service, log):
    raised = []
    for item in corpus():
        try:
            service(plant(item.event), None)
        except Exception as error:  # noqa: BLE001 - what Lambda would log of it
            raised.append(str(error))
    assert 0 < len(raised) < len(corpus())
    assert PLANTED not in "\n".join(raised)
    assert PLANTED not in log.getvalue()
