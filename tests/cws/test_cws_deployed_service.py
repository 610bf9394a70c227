"""logs and invoke: a deployed service, on moto's server in its own process."""

import json
import threading
import time

import pytest

from tests.moto_process import moto_process

TEMPLATE = {
    "Resources": {
        "HelloLogGroup1A2B3C4D": {"Type": "AWS::Logs::LogGroup"},
        "HelloAccessLogGroup1A2B3C4D": {"Type": "AWS::Logs::LogGroup"},
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
        },
        "HelloFunction1A2B3C4D": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"ZipFile": "def handler(event, context): return 1"},
                "Handler": "index.handler",
                "Runtime": "python3.11",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            },
        },
    },
    "Outputs": {
        "HelloApiId": {"Value": "a"},
        "HelloUrl": {"Value": "https://a.execute-api.us-east-1.amazonaws.com/dev/"},
        "BareApiId": {"Value": "b"},
        "BareUrl": {"Value": "https://b.execute-api.us-east-1.amazonaws.com/v1/"},
    },
}


@pytest.fixture(scope="module")
def server():
    with moto_process() as moto:
        moto.post("config", {"lambda": {"use_docker": False}})
        yield moto


@pytest.fixture
def moto(server, monkeypatch):
    for name in ("AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    server.reset()
    server.client("cloudformation").create_stack(StackName="s", TemplateBody=json.dumps(TEMPLATE))
    return server


class Logged:
    """Writes into the service's log group."""

    def __init__(self, moto):
        self.client = moto.client("logs")
        groups = self.client.describe_log_groups()["logGroups"]
        (self.group,) = (g["logGroupName"] for g in groups if "HelloLogGroup" in g["logGroupName"])

    def write(self, stream, *messages, ago=1.0):
        names = {"logGroupName": self.group, "logStreamName": stream}
        streams = self.client.describe_log_streams(logGroupName=self.group)["logStreams"]
        if stream not in {s["logStreamName"] for s in streams}:
            self.client.create_log_stream(**names)
        now = int((time.time() - ago) * 1000)
        events = [{"timestamp": now + n, "message": m} for n, m in enumerate(messages)]
        self.client.put_log_events(**names, logEvents=events)


@pytest.fixture
def logged(moto):
    return Logged(moto)


def texts(output):
    return [line.split("  ", 1)[1] for line in output.splitlines()]


def test_what_was_logged(project, logged):
    logged.write("one", "START RequestId: r1 Version: 1\n", "hello\n", "END RequestId: r1\n")
    logged.write("one", "long ago", ago=3600)
    result = project("logs")
    assert result.exit_code == 0, result.output
    assert texts(result.output) == ["START RequestId: r1 Version: 1", "hello", "END RequestId: r1"]
    assert result.output.startswith(time.strftime("%Y-%m-%d ", time.gmtime()))
    assert texts(project("logs", "hello", "--since", "2h").output)[0] == "long ago"


def test_one_request(project, logged):
    logged.write(
        "one",
        "START RequestId: r1 Version: 1",
        "[ERROR] ValueError: x\rTraceback:\r\u00a0\u00a0File",
        "END RequestId: r1",
        "START RequestId: r2 Version: 1",
        "of r2",
    )
    logged.write("two", "START RequestId: r3 Version: 1", "of r3")
    result = project("logs", "--request-id", "r1")
    shown = result.output.splitlines()
    assert shown[1].endswith("  [ERROR] ValueError: x")
    assert shown[2:4] == ["Traceback:", "  File"]
    assert "r2" not in result.output
    assert "r3" not in result.output


def test_following(project, logged):
    logged.write("one", "first")
    with project.start("logs", "--follow") as process:
        assert process.stdout.readline().endswith("  first\n")
        logged.write("one", "second", ago=0)
        timer = threading.Timer(60, process.kill)
        timer.start()
        assert process.stdout.readline().endswith("  second\n")
        timer.cancel()


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["logs", "other"], 1, "no service 'other' is deployed on the stage 'dev'; there is: "),
        (["-s", "v1", "logs"], 1, "Bare of the stack s has no log group."),
        (["logs", "--since", "soon"], 2, "'soon' must be a number with s, m, h or d, as 10m."),
        (["-s", "v1", "invoke", "event.json", "--deployed"], 1, "Bare of the stack s has no func"),
        (["invoke", "bad.json", "--deployed"], 1, "bad.json is no JSON"),
    ],
)
def test_what_can_not_be_asked(project, moto, monkeypatch, arguments, status, said):
    monkeypatch.chdir(project.folder)
    project.write("event.json", "{}")
    project.write("bad.json", "{")
    result = project(*arguments)
    assert (result.exit_code, said in result.output) == (status, True), result.output


def test_a_deployed_function_is_called(project, moto, monkeypatch):
    monkeypatch.chdir(project.folder)
    project.write("event.json", '{"httpMethod": "GET"}')
    moto.post("static/lambda-simple/response", {"results": ['{"statusCode": 200}']})
    result = project("invoke", "event.json", "Hello", "--deployed")
    assert result.exit_code == 0, result.output
    assert json.loads(result.output) == {"statusCode": 200}
    moto.post("static/lambda-simple/response", {"results": ["no json"]})
    assert project("invoke", "event.json", "--deployed").output == "no json\n"


EVENT = {
    "resource": "/",
    "path": "/",
    "httpMethod": "GET",
    "headers": {},
    "multiValueHeaders": {},
    "queryStringParameters": None,
    "multiValueQueryStringParameters": None,
    "pathParameters": None,
    "requestContext": {"path": "/dev/", "resourcePath": "/", "stage": "dev"},
    "body": None,
    "isBase64Encoded": False,
}


def test_a_service_here_is_called(project):
    project.write("event.json", json.dumps(EVENT))
    result = project.process("--app", "hello", "invoke", "event.json")
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer["statusCode"] == 200
    assert answer["body"] == "Hello world.\n"


def test_what_is_no_service_takes_no_event(project):
    project.write("event.json", "{}")
    project.write("tech/plain.py", "import flask\napp = flask.Flask('plain')")
    result = project.process("--app", "plain", "invoke", "event.json")
    assert result.returncode == 1
    assert "only a TechMicroService takes events." in result.stderr
    result = project.process("--app", "hello", "invoke", "event.json")
    assert result.returncode == 1
    assert "Error: hello can't answer this event: A CoWorks service answers" in result.stderr
    assert "Traceback" not in result.stderr
