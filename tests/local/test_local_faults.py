"""What the caller gets, and what happens next, when something breaks."""

import os
import threading

import pytest

from coworks_cdk.local.function.pool import Pool
from tests.eventually import eventually
from tests.local.assemblies import ALLOW, function, method, permission, service, token_authorizer
from tests.processes import is_gone

ERROR = {"message": "Internal server error"}
ANSWER = """
import os, sys, time, signal, json

def answer(body):
    return {"statusCode": 200, "body": body}
"""


def test_process_killed_in_mid_request(serve):
    served = serve(
        ANSWER
        + """
def handler(event, context):
    if event["queryStringParameters"]:
        print("sleeping", flush=True)
        time.sleep(600)
    return answer(str(os.getpid()))
"""
    )
    first = served.ask()[2]
    answers = []
    thread = threading.Thread(target=lambda: answers.append(served.json(path="/dev/?slow=1")))
    thread.start()
    assert served.logged("sleeping")
    (pid,) = served.session.pids
    assert str(pid).encode() == first
    os.kill(pid, 9)
    thread.join(60)
    assert answers == [(502, ERROR)]
    status, _, second = served.ask()
    assert status == 200
    assert second != first
    assert served.logged("Runtime exited with error: signal: killed")


def test_process_that_exits(serve):
    served = serve(ANSWER + "def handler(event, context): os._exit(3)")
    assert served.json() == (502, ERROR)
    assert served.json() == (502, ERROR)
    assert served.logged("Runtime exited with error: exit status 3")


def test_process_that_died_while_it_had_nothing_to_do(serve):
    served = serve(ANSWER + "def handler(event, context): return answer(str(os.getpid()))")
    pid = int(served.ask()[2])
    os.kill(pid, 9)
    eventually(lambda: is_gone(pid))
    status, _, other = served.ask()
    assert status == 200
    assert int(other) != pid


def test_handler_that_outlives_its_timeout(serve):
    served = serve(
        ANSWER
        + """
def handler(event, context):
    if event["queryStringParameters"]:
        time.sleep(600)
    return answer(str(context.get_remaining_time_in_millis()))
""",
        service(Function=function("code", Timeout=1)),
    )
    assert served.json(path="/dev/?slow=1") == (502, ERROR)
    assert served.logged("Task timed out after 1.00 seconds")
    status, _, remaining = served.ask()
    assert status == 200
    assert 0 < int(remaining) <= 1000


def test_handler_that_outlives_the_integration(serve):
    served = serve(
        ANSWER
        + """
def handler(event, context):
    time.sleep(600)
    return answer("late")
""",
        settings={"integration_seconds": 0.5},
    )
    assert served.json() == (504, {"message": "Endpoint request timed out"})
    assert served.logged("no answer within 0.5 s")


def test_an_integration_with_a_timeout_of_its_own(serve):
    integration = {**method()["Properties"]["Integration"], "TimeoutInMillis": 500}
    served = serve(
        ANSWER + "def handler(event, context): time.sleep(600)",
        service(Get=method(Integration=integration)),
    )
    assert served.json() == (504, {"message": "Endpoint request timed out"})
    assert served.logged("no answer within 0.5 s")


def test_app_that_fails_to_start(serve):
    served = serve("import a_package_that_is_not_there\n")
    assert served.json() == (502, ERROR)
    assert served.json() == (502, ERROR)
    assert served.logged("No module named 'a_package_that_is_not_there'")


def test_app_that_raises_at_start(serve):
    served = serve("def broken():\n    raise ValueError('at start')\n\nbroken()\n")
    assert served.json() == (502, ERROR)
    assert served.logged("ValueError: at start")
    assert served.logged('app.py", line 2, in broken')


def test_handler_that_raises(serve):
    served = serve("def handler(event, context):\n    raise KeyError('inside')\n")
    assert served.json() == (502, ERROR)
    assert served.logged("KeyError")
    assert served.logged('app.py", line 2, in handler')
    assert served.logged("Traceback", 1)


def test_a_logged_exception_is_complete_at_once(serve):
    served = serve(
        ANSWER
        + """
import logging

def handler(event, context):
    try:
        {}["inside"]
    except KeyError:
        logging.getLogger().exception("it failed")
    return answer("")
"""
    )
    assert served.ask()[0] == 200
    assert served.logged("[Service] KeyError: 'inside'\n")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("'text'", "no object but str"),
        ("None", "no object but NoneType"),
        ("{'statusCode': 200, 'body': {}}", "body is no string but dict"),
        ("{'statusCode': 200, 'body': '', 'cookies': []}", "unknown keys cookies"),
        ("{'statusCode': 99}", "statusCode is 99"),
        ("{'statusCode': 'ok'}", "statusCode is 'ok'"),
        ("{'statusCode': 200, 'headers': []}", "headers is no object"),
        ("{'statusCode': 200, 'headers': {'X': []}}", "the header 'X' is list"),
        ("{'statusCode': 200, 'headers': {'X': 'a\\r\\nY: b'}}", "has a line break"),
        ("{'statusCode': 200, 'multiValueHeaders': {'X': 'a'}}", "is no list"),
    ],
)
def test_malformed_answers(serve, answer, why):
    served = serve(f"def handler(event, context): return {answer}")
    assert served.json() == (502, ERROR)
    assert served.logged(why)


def test_an_answer_that_is_no_base64(serve):
    served = serve(
        ANSWER + "def handler(event, context): return {'body': '%', 'isBase64Encoded': True}"
    )
    assert served.json() == (500, ERROR)
    assert served.logged("no base64")


def test_answer_over_six_megabytes(serve):
    served = serve(ANSWER + "def handler(event, context): return answer('x' * 6_300_000)")
    assert served.json() == (502, ERROR)
    assert served.logged("Response payload size exceeded")


AUTHORIZER = (
    ANSWER
    + f"""
ALLOW = {ALLOW!r}

def handler(event, context):
    return answer(json.dumps(event["requestContext"].get("authorizer")))

def authorize(event, context):
    print("asked", flush=True)
    match event["authorizationToken"]:
        case "crash": raise RuntimeError("no")
        case "unauthorized": raise Exception("Unauthorized")
        case "exit": os._exit(1)
        case "slow": time.sleep(600)
        case "text": return "nonsense"
        case "principal": return {{"policyDocument": ALLOW}}
        case "list": return {{"principalId": "p", "policyDocument": ALLOW, "context": {{"a": []}}}}
        case "context": return {{"principalId": "p", "policyDocument": ALLOW, "context": "no"}}
        case "nopolicy": return {{"principalId": "p"}}
        case "condition":
            statement = {{**ALLOW["Statement"][0], "Condition": {{}}}}
            return {{"principalId": "p", "policyDocument": {{"Statement": [statement]}}}}
        case "deny":
            statement = {{**ALLOW["Statement"][0], "Effect": "Deny"}}
            return {{"principalId": "p", "policyDocument": {{"Statement": statement}}}}
        case "other":
            statement = {{**ALLOW["Statement"][0], "Resource": event["methodArn"] + "/other"}}
            return {{"principalId": "p", "policyDocument": {{"Statement": [statement]}}}}
    context = {{"text": "t", "number": 1.5, "yes": True, "none": None}}
    return {{"principalId": "p", "policyDocument": ALLOW, "context": context}}
"""
)


def protected(*, seconds=20, **properties):
    return service(
        Get=method(authorizer="Authorizer"),
        Guard=function("code", "app.authorize", Timeout=seconds),
        GuardPermission=permission("Guard"),
        Authorizer=token_authorizer("Guard", **properties),
    )


@pytest.mark.parametrize(
    ("token", "status", "message", "logged"),
    [
        ("crash", 500, {"message": None}, "RuntimeError: no"),
        ("exit", 500, {"message": None}, "exit status 1"),
        ("slow", 500, {"message": None}, "Task timed out after 1.00 seconds"),
        ("text", 500, {"message": None}, "its answer is no object but str"),
        ("principal", 500, {"message": None}, "principalId is no string"),
        ("list", 500, {"message": None}, "context['a'] is no scalar but list"),
        ("context", 500, {"message": None}, "context is no object"),
        ("nopolicy", 500, {"message": None}, "policyDocument is no object"),
        ("condition", 500, {"message": None}, "Condition is not evaluated locally"),
        ("unauthorized", 401, {"message": "Unauthorized"}, "asked"),
        ("other", 403, {"Message": "User is not authorized to access this resource"}, "asked"),
    ],
)
def test_authorizers_that_do_not_allow(serve, token, status, message, logged):
    served = serve(AUTHORIZER, protected(seconds=1 if token == "slow" else 20))
    assert served.json(headers={"Authorization": token}) == (status, message)
    assert served.logged(logged)


def test_authorizer_that_denies_explicitly(serve):
    served = serve(AUTHORIZER, protected())
    status, answer = served.json(headers={"Authorization": "deny"})
    assert status == 403
    assert answer["Message"].endswith("with an explicit deny")


def test_authorizer_is_not_asked_without_a_token(serve):
    served = serve(AUTHORIZER, protected(IdentityValidationExpression="[a-z]+"))
    assert served.json() == (401, {"message": "Unauthorized"})
    assert served.json(headers={"Authorization": ""})[0] == 401
    assert served.json(headers={"Authorization": "A1"})[0] == 401
    assert served.session.pids == ()


def test_authorizer_is_asked_once_a_token(serve):
    served = serve(AUTHORIZER, protected())
    expected = {"principalId": "p", "text": "t", "number": "1.5", "yes": "true"}
    for _ in range(3):
        status, context = served.json(headers={"Authorization": "good"})
        assert status == 200
        assert context.pop("integrationLatency") >= 0
        assert context == expected
    assert served.logged("asked", 1)
    served.json(headers={"Authorization": "better"})
    assert served.logged("asked", 2)


def test_authorizer_failures_are_not_kept(serve):
    served = serve(AUTHORIZER, protected())
    for _ in range(2):
        assert served.json(headers={"Authorization": "crash"})[0] == 500
    assert served.logged("asked", 2)


def test_authorizer_without_ttl_is_asked_each_time(serve):
    served = serve(AUTHORIZER, protected(AuthorizerResultTtlInSeconds=0))
    for _ in range(2):
        served.json(headers={"Authorization": "good"})
    assert served.logged("asked", 2)


def test_slow_authorizer_over_the_gateways_own_limit(serve):
    served = serve(AUTHORIZER, protected(), settings={"integration_seconds": 0.3})
    assert served.json(headers={"Authorization": "slow"}) == (500, {"message": None})
    assert served.logged("the authorizer gave no answer within 0.3 s")


def test_nothing_is_left(serve, tmp_path):
    served = serve(
        ANSWER
        + """
import subprocess
def handler(event, context):
    child = subprocess.Popen(["sleep", "60"])
    return answer(json.dumps([os.getpid(), child.pid, os.getcwd()]))
"""
    )
    _, (pid, child, folder) = served.json()
    assert not is_gone(pid)
    served.session.close()
    eventually(lambda: is_gone(pid) and is_gone(child))
    assert not os.path.exists(folder)


def test_overlapping_requests_get_processes_of_their_own(serve, tmp_path):
    served = serve(
        ANSWER
        + f"""
def handler(event, context):
    open({str(tmp_path)!r} + f"/{{os.getpid()}}.pid", "w").close()
    while sum(name.endswith(".pid") for name in os.listdir({str(tmp_path)!r})) < 3:
        time.sleep(0.01)
    return answer(str(os.getpid()))
""",
        settings={"processes": 3},
    )
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(served.ask())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [status for status, _, _ in answers] == [200] * 6
    assert len({body for _, _, body in answers}) == 3
    assert len(served.session.pids) == 3


def test_closing_answers_who_still_waits(serve, monkeypatch):
    asked, invoke = [], Pool.invoke
    monkeypatch.setattr(Pool, "invoke", lambda *a: asked.append(a) or invoke(*a))
    served = serve(
        ANSWER
        + """
def handler(event, context):
    print("sleeping", flush=True)
    time.sleep(600)
""",
        settings={"processes": 1},
        resources=service(Function=function("code", Timeout=25)),
    )
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(served.json())) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert served.logged("sleeping")
    eventually(lambda: len(asked) == 2)
    served.session.close()
    for thread in threads:
        thread.join(60)
    assert answers == [(502, ERROR)] * 2
