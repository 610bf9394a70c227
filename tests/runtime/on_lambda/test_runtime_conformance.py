"""AWS's runtime client and the loop side by side, on the same Runtime API: one sends what the
other sends, and logs what the other logs.
"""

import json
import re
import signal
import sys
import time

import pytest

from tests.eventually import eventually
from tests.runtime.fake_runtime_api import FakeRuntimeApi, start

CLIENTS = ["aws", "ours"]
FUNCTION = """
import json, logging, os, signal, sys, time
from decimal import Decimal

logger = logging.getLogger("own")

def echo(event, context):
    return event

def told(event, context):
    c, i = context.client_context, context.identity
    return {
        "ids": [context.aws_request_id, context.invoked_function_arn, context.function_name,
                context.function_version, context.memory_limit_in_mb, context.log_group_name,
                context.log_stream_name, context.tenant_id],
        "client": c and [c.custom, c.env, c.client and c.client.app_title],
        "identity": [i.cognito_identity_id, i.cognito_identity_pool_id],
        "trace": os.environ.get("_X_AMZN_TRACE_ID"), "w3c": context.w3c(),
        "left": 0 < context.get_remaining_time_in_millis() <= 30000,
        "here": os.getcwd() == os.environ["LAMBDA_TASK_ROOT"],
    }

def late(event, context):
    return context.get_remaining_time_in_millis()

def decimals(event, context):
    return {"a": Decimal("1.10"), "b": [Decimal("12345678901234567890.5")], "c": None}

def nothing(event, context):
    pass

def raw(event, context):
    return b"\\x00\\xff"

def fails(event, context):
    inner(event)

def inner(event):
    raise ValueError("wrong: é\\n  in two lines")

def silent(event, context):
    raise KeyError

def unencodable(event, context):
    return {1, 2}

def leaves(event, context):
    sys.exit(3)

def logs(event, context):
    print("printed")
    logger.warning("warned %s", "é")
    logger.info("not shown")
    context.log("by the context\\n")
    try:
        1 / 0
    except ZeroDivisionError:
        logger.exception("caught", extra={"own": {"a": 1}})
    logger.critical({"an": "object"})
    return 1

def on_signal(*_):
    print("told to end", flush=True)
    sys.exit(0)

def signalled(event, context):
    signal.signal(signal.SIGTERM, on_signal)
    return 1
"""
MODULES = {
    "function": FUNCTION,
    "broken_syntax": "def f(:\n",
    "broken_import": "import not_there_at_all\n",
    "broken_start": "def f():\n    raise RuntimeError('at start')\nf()\n",
    "leaving": "import sys\nsys.exit(7)\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("function")
    for name, source in MODULES.items():
        (folder / f"{name}.py").write_text(source)
    return folder


def text_of(log):
    """A log without its times, and without what AWS says of updates of its runtimes."""
    text = log.decode().replace("/loop/start.py", "")
    lines = [line for line in text.splitlines(keepends=True) if "LAMBDA_WARNING" not in line]
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?", "TIME", "".join(lines))
    return re.sub(r"(?m)^For more information.*\n|^.*runtimes-update.html\r?\n?", "", text)


def told(post):
    """What a request tells Lambda."""
    headers = {
        name: post.headers.get(name)
        for name in ("content-type", "lambda-runtime-function-error-type")
        if not (name == "content-type" and "error" in post.path)
        and not (name.endswith("error-type") and post.path.startswith("invocation"))
    }
    cause = post.headers.get("lambda-runtime-function-xray-error-cause")
    if cause is not None:
        cause = json.loads(cause.encode("latin-1"))
        cause["paths"] = sorted(cause["paths"])
    is_json = "unknown" not in str(headers.get("content-type"))
    return post.path, headers, cause, post.json if is_json else post.body


def run(client, folder, handler, events=(), api=None, **environment):
    """Serve events, then end: what was told, the log, and the exit status where it left."""
    api = api or FakeRuntimeApi()
    process = start(client, api, folder, handler, **environment)
    posts = []
    try:
        for number, (event, headers) in enumerate(events, 1):
            api.give(event, f"r{number}", **headers)
            posts.append(told(api.post()))
        if events:
            process.terminate()
        log, _ = process.communicate(timeout=60)
        while not api.posts.empty():
            posts.append(told(api.post()))
    finally:
        process.kill()
        process.wait()
        api.close()
    return posts, text_of(log), None if events else process.returncode


CLIENT_CONTEXT = {
    "custom": {"a": 1},
    "env": {"b": 2},
    "client": {"app_title": "t"},
    "w3c": {"traceparent": "00-1", "baggage": 5, "other": "x"},
}
TOLD = {
    "Trace_Id": "Root=1-2-3;Sampled=1",
    "Client_Context": json.dumps(CLIENT_CONTEXT),
    "Cognito_Identity": '{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}',
    "Aws_Tenant_Id": "tenant",
}
SERVED = {
    "echo": [({"a": [1, "é", None, 1.5, True]}, {}), (b"5", {}), (b'"x"', {}), ([], {})],
    "told": [({}, TOLD), ({}, {})],
    "late": [({}, {"Deadline_Ms": "1"})],
    "nothing": [({}, {})],
    "raw": [({}, {})],
    "decimals": [({}, {})],
    "fails": [({}, {}), ({}, {})],
    "silent": [({}, {})],
    "unencodable": [({}, {})],
    "logs": [({}, {}), ({}, {"Aws_Tenant_Id": "tenant"})],
}
WRONG = {
    "echo": [(b"{nonsense", {}), ({}, {"Client_Context": "{no"}), ({}, {"Cognito_Identity": "["})],
}


@pytest.mark.parametrize("name", SERVED)
def test_invocations_are_answered_alike(folder, name):
    aws, ours = (run(client, folder, f"function.{name}", SERVED[name]) for client in CLIENTS)
    assert ours == aws
    assert len(ours[0]) == len(SERVED[name])


@pytest.mark.parametrize("name", WRONG)
def test_what_can_not_be_read_fails_alike(folder, name):
    both = [run(client, folder, f"function.{name}", WRONG[name])[0] for client in CLIENTS]
    aws, ours = (
        [
            (path, body["errorType"], body["errorMessage"].partition(":")[0])
            for path, *_, body in posts
        ]
        for posts in both
    )
    assert ours == aws
    assert {kind for _, kind, _ in ours} == {
        "Runtime.UnmarshalError",
        "Runtime.LambdaContextUnmarshalError",
    }


@pytest.mark.parametrize(
    "handler",
    [
        "function",
        "function.not_there",
        "not.there",
        "sys.exit",
        "broken_syntax.f",
        "broken_import.f",
        "broken_start.f",
        "leaving.f",
    ],
)
def test_a_function_that_can_not_start_says_so_alike(folder, handler):
    aws, ours = (run(client, folder, handler) for client in CLIENTS)
    assert ours[0] == aws[0]
    assert ours[1:] == aws[1:]
    assert ours[2] == (7 if handler == "leaving.f" else 1)


@pytest.mark.parametrize(
    "environment",
    [
        {"AWS_LAMBDA_LOG_FORMAT": "JSON"},
        {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "ERROR"},
        {"AWS_LAMBDA_LOG_LEVEL": "INFO"},
        {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13"},
    ],
    ids=["json", "json-error", "info", "json-3.13"],
)
def test_logs_have_their_form_alike(folder, environment):
    aws, ours = (
        run(client, folder, "function.logs", SERVED["logs"], **environment) for client in CLIENTS
    )
    assert ours == aws
    failed = [
        run(client, folder, "function.fails", [({}, {})], **environment) for client in CLIENTS
    ]
    if environment.get("AWS_LAMBDA_LOG_FORMAT") == "JSON":
        errors = [json.loads(log) for _, log, _ in failed]
        assert errors[0] == errors[1]
        assert errors[0]["errorType"] == "ValueError"
    assert failed[0] == failed[1]


@pytest.mark.parametrize("client", CLIENTS)
def test_what_ends_the_process_ends_it_with_its_status(folder, client):
    api = FakeRuntimeApi()
    api.give({})
    process = start(client, api, folder, "function.leaves")
    try:
        assert process.wait(60) == 3
    finally:
        process.kill()
        process.communicate()
        api.close()


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("level", ["", "DEBUG"])
def test_telemetry_gets_frames(folder, client, level, tmp_path):
    """The frames of both, compared by what they hold."""
    import os

    path = tmp_path / "frames"
    api = FakeRuntimeApi()
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    environment = {"_LAMBDA_TELEMETRY_LOG_FD": str(descriptor)}
    environment |= {"AWS_LAMBDA_LOG_LEVEL": level} if level else {}
    import subprocess

    kept = subprocess.Popen.__init__
    try:

        def passing(self, *arguments, **options):
            kept(self, *arguments, **options, pass_fds=(descriptor,))

        subprocess.Popen.__init__ = passing
        process = start(client, api, folder, "function.logs", **environment)
    finally:
        subprocess.Popen.__init__ = kept
        os.close(descriptor)
    try:
        api.give({})
        api.post()
    finally:
        process.kill()
        process.communicate()
        api.close()
    frames, data = [], path.read_bytes()
    while data:
        length = int.from_bytes(data[4:8], "big")
        micro = int.from_bytes(data[8:16], "big")
        assert abs(micro / 1e6 - time.time()) < 120
        frames.append((data[:4].hex(), text_of(data[16 : 16 + length])))
        data = data[16 + length :]
    plain = "a55a0003"
    assert frames[0] == ("a55a0013" if level else plain, "[WARNING]\tTIMEZ\tr1\twarned é\n")
    assert [mark for mark, _ in frames if mark != plain] == (
        ["a55a0013", "a55a000f", "a55a0017", "a55a001b"] if level else []
    ) or level == ""


@pytest.mark.parametrize("client", CLIENTS)
def test_a_signal_is_handled_while_an_event_is_waited_for(folder, client):
    api = FakeRuntimeApi()
    process = start(
        client, api, folder, "function.signalled", AWS_EXECUTION_ENV="AWS_Lambda_python3.13"
    )
    try:
        api.give({})
        api.post()
        eventually(lambda: sum(path.endswith("/next") for path in api.calls) == 2)
        process.send_signal(signal.SIGTERM)
        if client == "aws":
            api.give({})  # it may end only with the next event
        log, _ = process.communicate(timeout=60)
        assert b"told to end" in log
    finally:
        process.kill()
        process.wait()
        api.close()


HOOKS = """
import sys, types
registered = types.ModuleType("snapshot_restore_py")
before, after = [], []
registered.get_before_snapshot = lambda: before
registered.get_after_restore = lambda: after
registered.__spec__ = types.SimpleNamespace(name="snapshot_restore_py")
sys.modules["snapshot_restore_py"] = registered

def say(text, fails=False):
    print(text, flush=True)
    if fails:
        raise ValueError(text)

before += [(say, ("b1",), {}), (say, ("b2",), {"fails": BEFORE})]
after += [(say, ("a1",), {}), (say, ("a2",), {"fails": AFTER})]

def f(event, context):
    return "served"
"""


@pytest.mark.parametrize(("before", "after"), [(False, False), (True, False), (False, True)])
def test_snapshots_are_passed_alike(tmp_path, before, after):
    source = HOOKS.replace("BEFORE", str(before)).replace("AFTER", str(after))
    (tmp_path / "hooks.py").write_text(source)
    outcomes = []
    for client in CLIENTS:
        api = FakeRuntimeApi()
        events = [] if before or after else [({}, {})]
        outcome = run(
            client,
            tmp_path,
            "hooks.f",
            events,
            api,
            AWS_LAMBDA_INITIALIZATION_TYPE="snap-start",
        )
        outcomes.append((*outcome, [call.rpartition("runtime/")[2] for call in api.calls]))
    aws, ours = outcomes
    assert ours[2:3] == aws[2:3] == ((64 if before else 65 if after else None),)
    assert ours[3][:3] == aws[3][:3]
    for posts, log, *_ in outcomes:
        assert log.partition("Traceback")[0] == (
            ("b2\n" if before else "b2\nb1\na1\na2\n")
            + ("[ERROR] ValueError: b2\r" if before else "")
            + ("[ERROR] ValueError: a2\r" if after else "")
        )
        told = [(path, headers, body) for path, headers, _, body in posts]
        if before or after:
            ((path, headers, body),) = told
            assert path == ("init/error" if before else "restore/error")
            kind = "BeforeSnapshotError" if before else "AfterRestoreError"
            assert headers["lambda-runtime-function-error-type"] == f"Runtime.{kind}"
            assert body["errorMessage"] == ("b2" if before else "a2")


@pytest.mark.parametrize("options", [{"keep_alive": False}, {"chunked_events": True}])
def test_any_http_of_the_runtime_api_is_understood(folder, options):
    api = FakeRuntimeApi(**options)
    events = [({"n": n, "long": "x" * 100_000}, {}) for n in range(3)]
    posts, log, _ = run("ours", folder, "function.echo", events, api)
    assert [body["n"] for *_, body in posts] == [0, 1, 2]
    assert log == ""
    assert api.connections >= 3 if "keep_alive" in options else api.connections == 1


def test_a_result_that_is_refused_is_logged_and_the_next_event_served(folder):
    api = FakeRuntimeApi(status=413)
    posts, log, _ = run("ours", folder, "function.echo", [({}, {}), ({}, {})], api)
    assert len(posts) == 2
    assert "Lambda did not take response: status 413" in log


def test_a_managed_instance_runs_what_lambda_would_have_run(folder):
    import subprocess

    from tests.runtime.fake_runtime_api import START

    done = subprocess.run(
        [sys.executable, START, sys.executable, "-c", "print('the other one')"],
        env={"AWS_LAMBDA_MAX_CONCURRENCY": "4"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "the other one\n"
