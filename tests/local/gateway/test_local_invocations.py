"""Lambda's Invoke API, beside the API of a service."""

import json
import threading

import pytest

from tests.local.assemblies import service

SOURCE = """
import time
def handler(event, context):
    if event.get("fail"):
        raise ValueError(event["fail"])
    if "into" in event:
        open(event["into"], "w").write("done")
    return {"got": event, "id": context.aws_request_id}
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    import io
    from contextlib import ExitStack

    from coworks_cdk.local.log import Log
    from coworks_cdk.local.session import Session, Settings
    from tests.local.assemblies import write
    from tests.local.conftest import Served

    folder = write(tmp_path_factory.mktemp("invoked") / "cdk.out", service(), {"app.py": SOURCE})
    stream = io.StringIO()
    with ExitStack() as stack:
        yield Served(
            stack.enter_context(Session(Settings(folder, port=0), Log(stream, "text"))), stream
        )


@pytest.fixture(scope="module")
def name(served):
    status, functions = served.json("GET", "/2015-03-31/functions")
    (function,) = functions["Functions"]
    assert (status, function["FunctionArn"].rpartition(":")[2]) == (200, function["FunctionName"])
    return function["FunctionName"]


def invoke(served, name, event, **headers):
    return served.ask("POST", f"/2015-03-31/functions/{name}/invocations", headers, event)


def test_an_event_and_its_answer(served, name):
    status, headers, body = invoke(served, name, b'{"Records": []}')
    assert (status, "x-amz-function-error" in headers) == (200, False)
    assert json.loads(body)["got"] == {"Records": []}


def test_a_function_that_fails(served, name):
    status, headers, body = invoke(served, name, b'{"fail": "it broke"}')
    assert (status, headers["x-amz-function-error"]) == (200, "Unhandled")
    assert json.loads(body)["errorMessage"] == "it broke"


def test_an_event_that_nobody_waits_for(served, name, tmp_path):
    into = tmp_path / "into"
    event = json.dumps({"into": str(into)}).encode()
    status, _, body = invoke(served, name, event, **{"X-Amz-Invocation-Type": "Event"})
    assert (status, body) == (202, b"")
    waiting = threading.Event()
    assert any(into.exists() or waiting.wait(0.05) for _ in range(600))


@pytest.mark.parametrize(
    ("function", "event", "kind", "status", "said"),
    [
        ("nobody", b"{}", "RequestResponse", 404, "Function not found: nobody (there is: "),
        (None, b"{", "RequestResponse", 400, "Could not parse"),
        (None, b"{}", "DryRun", 400, "DryRun; allowed: RequestResponse or Event"),
        (
            None,
            b'"' + b"x" * 1024 * 1024 + b'"',
            "Event",
            413,
            "payload is too large for the Event",
        ),
    ],
)
def test_what_is_refused(served, name, function, event, kind, status, said):
    answer = invoke(served, function or name, event, **{"X-Amz-Invocation-Type": kind})
    assert answer[0] == status
    assert said in json.loads(answer[2])["Message"]
    assert answer[1]["x-amzn-errortype"].endswith("Exception")


def test_other_paths_are_the_api_s(served):
    assert served.ask("GET", "/2015-03-31/functions/x/invocations")[0] == 403
    assert served.ask("GET", "/dev/")[0] in {200, 502}


@pytest.fixture
def cws(tmp_path, monkeypatch):
    from click.testing import CliRunner

    from coworks_runtime.cws import cws

    monkeypatch.chdir(tmp_path)

    def run(event, *arguments):
        (tmp_path / "event.json").write_text(json.dumps(event))
        return CliRunner().invoke(cws, ["invoke", "event.json", *arguments])

    return run


def test_the_cws_command_sends_one(served, cws):
    (server,) = served.session.servers.values()
    url = f"http://127.0.0.1:{server.port}"
    for given in (url, f"{url}/dev/"):
        result = cws({"a": 1}, "--local", given)
        assert result.exit_code == 0, result.output
        assert json.loads(result.output)["got"] == {"a": 1}
    failed = cws({"fail": "it broke"}, "--local", url)
    assert failed.exit_code == 1
    assert "the function failed" in failed.output
    assert "it broke" in failed.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--local", "http://127.0.0.1:9"], "Nothing is served at http://127.0.0.1:9/"),
        (["--local", "nonsense"], "is no URL: http://127.0.0.1:8000 is one."),
        (["--local", "http://127.0.0.1:9", "--deployed"], "give one of them"),
    ],
)
def test_what_the_cws_command_refuses(cws, arguments, said):
    result = cws({}, *arguments)
    assert result.exit_code == 1
    assert said in result.output
