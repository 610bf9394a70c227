"""Serving an assembly: functions with their folders, environment and secrets."""

import json
import os
import socket
import sys
import zipfile
from pathlib import Path

import pytest

from coworks_cdk.local.errors import LocalError
from coworks_cdk.local.function.secret_values import secret_values, variable
from coworks_cdk.local.template.records import Secret
from tests.local.assemblies import RUNTIME, function, method, resource, service, stage
from tests.ports import free_port

ECHO = """
import json, os, sys

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(answer(event, context))}

"""


def layer(key):
    content = {"S3Bucket": "b", "S3Key": f"{key}.zip"}
    return resource("AWS::Lambda::LayerVersion", Content=content)


def test_state_stays_in_the_process(serve):
    served = serve(ECHO + "calls = []\ndef answer(event, context): calls.append(1); return calls")
    assert [served.json()[1] for _ in range(3)] == [[1], [1, 1], [1, 1, 1]]
    assert len(served.session.pids) == 1


def test_environment_and_context(serve):
    served = serve(
        ECHO
        + """
def answer(event, context):
    return {
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "name": context.function_name,
        "memory": context.memory_limit_in_mb,
        "arn": context.invoked_function_arn,
        "event": context.aws_request_id,
    }
""",
        service(
            Function=function(
                "code",
                FunctionName="named",
                MemorySize=512,
                Environment={"Variables": {"OWN": "value", "AWS_REGION": "reserved"}},
            )
        ),
        settings={"environment": {**os.environ, "AWS_ACCESS_KEY_ID": "given", "HOST_ONLY": "x"}},
    )
    _, answer = served.json()
    environment = answer["environment"]
    assert environment["OWN"] == "value"
    assert environment["AWS_REGION"] == "us-east-1"
    assert environment["AWS_ACCESS_KEY_ID"] == "given"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == answer["name"] == "named"
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == answer["memory"] == "512"
    assert environment["AWS_EXECUTION_ENV"] == f"AWS_Lambda_{RUNTIME}"
    assert environment["LAMBDA_TASK_ROOT"] == answer["folder"]
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"
    assert answer["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:named"
    assert "HOST_ONLY" not in environment
    assert not any(name.startswith("COWORKS_LOCAL") for name in environment)
    assert Path(answer["folder"]).parts[-2:] == ("var", "task")


def test_layers_are_merged_and_the_function_wins(serve):
    served = serve(
        {
            "app.py": ECHO
            + "import one, two, three\n"
            + "def answer(event, context): return [one.WHO, two.WHO, three.WHO]",
            "three.py": "WHO = 'function'",
        },
        service(
            Function=function("code", Layers=[{"Ref": "First"}, {"Ref": "Second"}]),
            First=layer("first"),
            Second=layer("second"),
        ),
        assets={
            "first": {f"python/{n}.py": "WHO = 'first'" for n in ("one", "two", "three")},
            "second": {
                "python/two.py": "WHO = 'second'",
                f"python/lib/{RUNTIME}/site-packages/three.py": "WHO = 'second'",
            },
        },
    )
    assert served.json() == (200, ["first", "second", "function"])


def test_a_function_has_what_lambda_has_and_nothing_else(serve):
    served = serve(
        ECHO
        + """
import importlib

def answer(event, context):
    found = []
    for name in ("boto3", "awslambdaric", "flask", "pytest", "aws_cdk"):
        try:
            importlib.import_module(name)
        except ImportError:
            continue
        found.append(name)
    return found
"""
    )
    assert served.json() == (200, ["boto3", "awslambdaric"])


WRITING = (
    ECHO
    + """
import errno, pathlib, shutil, sqlite3, subprocess, tempfile

HERE = pathlib.Path(__file__).parent
OPT = pathlib.Path(sys.path[1])


def attempts(temporary):
    yield lambda: open("written", "w")
    yield lambda: open("app.py", "a")
    yield lambda: os.open(str(HERE / "app.py"), os.O_RDWR)
    yield lambda: (HERE / "written").write_text("x")
    yield lambda: (HERE / "folder").mkdir()
    yield lambda: (HERE / "app.py").unlink()
    yield lambda: (HERE / "app.py").rename(temporary / "app.py")
    yield lambda: os.rename(temporary / "there", HERE / "here")
    yield lambda: os.symlink("app.py", "link")
    yield lambda: os.link(temporary / "there", "link")
    yield lambda: os.truncate("app.py", 0)
    yield lambda: os.chmod(b"app.py", 0o777)
    yield lambda: shutil.rmtree(HERE)
    yield lambda: (OPT / "written").write_text("x")
    yield lambda: (OPT / ".." / "written").write_text("x")
    yield lambda: open(temporary / "leads", "w")
    yield lambda: os.open("app.py", os.O_RDWR)
    yield lambda: os.remove("app.py", dir_fd=os.open(HERE, os.O_RDONLY))


def answer(event, context):
    temporary = pathlib.Path(tempfile.mkdtemp())
    (temporary / "there").write_text("x")
    (temporary / "leads").symlink_to(HERE / "app.py")
    found = []
    for attempt in attempts(temporary):
        try:
            attempt()
        except OSError as error:
            found.append(errno.errorcode[error.errno])
        else:
            found.append("written")
    found.append(subprocess.run(["touch", "new"], capture_output=True).returncode != 0)
    try:
        sqlite3.connect("data.db").execute("create table t (a)")
    except sqlite3.OperationalError as error:
        found.append(str(error))
    shutil.rmtree(temporary)
    return found, sorted(os.listdir(HERE)), "handler" in (HERE / "app.py").read_text()
"""
)


def test_a_functions_folders_are_read_only_and_its_temporary_one_is_not(serve, tmp_path):
    served = serve(
        WRITING,
        service(Function=function("code", Layers=[{"Ref": "Layer"}]), Layer=layer("layer")),
        assets={"layer": {"python/one.py": ""}},
    )
    status, (found, files, whole) = served.json()
    assert status == 200
    # As far as Python can tell what is written; what is left the files' modes refuse.
    assert found[:18] == ["EROFS"] * 12 + ["EACCES"] + ["EROFS"] * 3 + ["EACCES"] * 2
    assert found[18:] == [True, "unable to open database file"]
    assert files == ["app.py"]
    assert whole
    assert os.listdir(tmp_path / "cdk.out" / "asset.code") == ["app.py"]


SECRET = (
    ECHO
    + """
import boto3

def answer(event, context):
    client = boto3.client("secretsmanager")
    value = client.get_secret_value(SecretId=os.environ["ARN"])
    found = [value["SecretString"], value["ARN"] == os.environ["ARN"]]
    for call in (
        lambda: client.get_secret_value(SecretId="other"),
        lambda: client.describe_secret(SecretId=os.environ["ARN"]),
    ):
        try:
            call()
        except Exception as error:
            found.append(type(error).__name__)
    return found
"""
)


def with_secret(arn=None):
    return service(
        Function=function(
            "code", Timeout=20, Environment={"Variables": {"ARN": arn or {"Ref": "Secret"}}}
        ),
        Secret=resource("AWS::SecretsManager::Secret"),
        Unused=resource("AWS::SecretsManager::Secret"),
    )


def test_a_secret_of_the_environment(serve):
    environment = {**os.environ, "CWS_SECRET_SECRET": "of the environment"}
    served = serve(SECRET, with_secret(), settings={"environment": environment})
    expected = ["of the environment", True, "ResourceNotFoundException", "InvalidRequestException"]
    assert served.json() == (200, expected)


def test_a_secret_of_a_file(serve, tmp_path):
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:mine-AbCdEf"
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"mine-AbCdEf": "of the file"}))
    served = serve(SECRET, with_secret(arn), settings={"secrets": file})
    assert served.json()[1][0] == "of the file"


def test_a_secret_without_value(serve):
    with pytest.raises(LocalError, match="Secret: this secret has no value here; set CWS_SECRET_"):
        serve(SECRET, with_secret())


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "can't be read"), ("{", "is no JSON"), ('{"a": 1}', "names to strings")],
)
def test_a_secrets_file_that_is_none(tmp_path, content, why):
    file = tmp_path / "secrets.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(LocalError, match=why):
        secret_values([Secret("arn", "name")], file, {})


def test_the_variable_of_a_secret():
    assert variable(Secret("arn", "Nested/My-Token")) == "CWS_SECRET_NESTED_MY_TOKEN"


def test_another_runtime_is_refused(serve):
    resources = service(Function=function("code", Runtime="python3.9"))
    with pytest.raises(LocalError, match=r"its runtime is python3\.9 and this is python"):
        serve("", resources)


def test_a_process_limit_of_the_template(serve):
    served = serve(
        ECHO + "def answer(event, context): return 1",
        service(Function=function("code", ReservedConcurrentExecutions=1)),
    )
    assert served.json() == (200, 1)


ECHO_EVENT = ECHO + "def answer(event, context): return event\n"


def test_another_stage_is_forbidden(serve):
    served = serve(ECHO_EVENT)
    for path in ("/", "/prod/", "/Dev/"):
        assert served.json(path=path) == (403, {"message": "Forbidden"})
    assert served.logged("no stage 'prod': the API's URL starts with /dev/")


def test_absolute_targets(serve):
    served = serve(ECHO_EVENT)
    status, event = served.json(path="http://elsewhere.example/dev/?a=1")
    assert status == 200
    assert event["requestContext"]["path"] == "/dev/"
    assert event["queryStringParameters"] == {"a": "1"}


def post(**resources):
    return service(Post=method("POST"), **resources)


def test_chunked_bodies(serve):
    served = serve(ECHO_EVENT, post())
    status, event = served.json("POST", body=iter([b"one ", b"two"]))
    assert status == 200
    assert event["body"] == "b25lIHR3bw=="
    assert "Transfer-Encoding" not in event["headers"]


def raw(served, data):
    (server, *_) = served.session.servers.values()
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(data)
        return connection.recv(65536)


@pytest.mark.parametrize("header", ["Content-Length: many", "Transfer-Encoding: chunked"])
def test_bodies_of_no_length(serve, header):
    served = serve(ECHO_EVENT, post())
    assert b" 400 " in raw(served, f"POST /dev/ HTTP/1.1\r\n{header}\r\n\r\nxyz\r\n".encode())


def test_a_client_that_leaves(serve):
    served = serve(ECHO_EVENT)
    (server, *_) = served.session.servers.values()
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    connection.sendall(b"GET /dev/ HT")
    connection.close()
    assert served.ask()[0] == 200


def test_requests_over_ten_megabytes(serve):
    served = serve(ECHO_EVENT, post())
    assert served.json("POST", body=b"x" * 10_500_000) == (413, {"message": "Request Too Long"})


def test_throttling(serve):
    limits = {"ThrottlingBurstLimit": 2, "ThrottlingRateLimit": 0.001}
    setting = {"HttpMethod": "*", "ResourcePath": "/*", **limits}
    # A method whose metrics are sent repeats the stage's limits.
    measured = {"HttpMethod": "GET", "ResourcePath": "/", "MetricsEnabled": True, **limits}
    served = serve(ECHO_EVENT, service(Stage=stage(MethodSettings=[measured, setting])))
    assert [served.ask()[0] for _ in range(3)] == [200, 200, 429]


def mock(**properties):
    headers = {"method.response.header.X": "'x'", "method.response.header.Y": "'y'"}
    override = "#set($context.responseOverride.header.Y = $input.params('Own'))"
    return {
        "Type": "MOCK",
        "RequestTemplates": {"application/json": '{"statusCode":204}'},
        "IntegrationResponses": [
            {
                "StatusCode": "204",
                "ResponseParameters": headers,
                "ResponseTemplates": {
                    "application/json": f"#if($input.params('Own') != ''){override}#end"
                },
            }
        ],
        **properties,
    }


def test_a_mock(serve):
    integration = mock(ContentHandling="CONVERT_TO_TEXT")
    served = serve(ECHO_EVENT, service(Options=method("OPTIONS", Integration=integration)))
    status, headers, body = served.ask("OPTIONS")
    assert (status, headers["x"], headers["y"], body) == (204, "x", "y", b"")
    assert served.ask("OPTIONS", headers={"Own": "other"})[1]["y"] == "other"
    assert served.session.pids == ()


def test_a_mock_that_api_gateway_would_not_answer(serve):
    served = serve(ECHO_EVENT, service(Options=method("OPTIONS", Integration=mock())))
    assert served.ask("OPTIONS")[0] == 500
    assert served.logged("needs CONVERT_TO_TEXT")


def test_logs_name_the_service(serve):
    served = serve(ECHO + "def answer(event, context): print('seen'); return 1")
    served.ask()
    assert served.logged("[Service] seen\n")
    assert served.logged("[Service] GET /dev/ 200 ")


def test_ports_follow_each_other(serve):
    port = free_port()
    served = serve(ECHO_EVENT, settings={"port": port})
    assert served.session.urls() == (("Service", f"http://127.0.0.1:{port}/dev/"),)


def test_a_port_that_is_taken(serve):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(
            LocalError, match=r"Service can't be served on 127.0.0.1, port .* in use"
        ):
            serve(ECHO_EVENT, settings={"port": taken.getsockname()[1]})


def test_python_of_the_process(serve):
    served = serve(ECHO + "def answer(event, context): return sys.version_info[:2]")
    assert served.json()[1] == list(sys.version_info[:2])


def test_a_process_that_can_not_be_started(serve, monkeypatch):
    served = serve(ECHO_EVENT)

    def fail(*_, **__):
        raise OSError("no more processes")

    with monkeypatch.context() as patched:
        patched.setattr("coworks_cdk.local.function.worker.subprocess.Popen", fail)
        assert served.ask()[0] == 502
        assert served.logged("No process could be started: no more processes")
    assert served.ask()[0] == 200


def test_zipped_layers(serve, tmp_path):
    asset = tmp_path / "cdk.out" / "asset.zipped"
    asset.parent.mkdir()
    with zipfile.ZipFile(asset, "w") as archive:
        archive.writestr("python/zipped.py", "WHO = 'zipped'")
    served = serve(
        ECHO + "import zipped\ndef answer(event, context): return zipped.WHO",
        service(Function=function("code", Layers=[{"Ref": "Zipped"}]), Zipped=layer("zipped")),
        assets={"zipped": {}},
    )
    assert served.json() == (200, "zipped")
