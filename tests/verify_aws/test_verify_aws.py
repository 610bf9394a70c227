"""What asks AWS: it refuses without an account, tells nothing of one, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.eventually import eventually
from tests.recordings.recorded import Case, cases
from tests.verify_aws import __main__ as command
from tests.verify_aws import play
from tests.verify_aws.account import RealAccount, WrongAccount
from tests.verify_aws.deployment import deployed
from tests.verify_aws.redaction import leaks, redacted

ROOT = Path(__file__).parents[2]
OWN, API = "987654321098", "a1b2c3d4e5"
KNOWN = play.known_ids(type("Account", (), {"account": OWN}), [API])


@pytest.mark.parametrize(
    "arguments",
    [[], ["--account", "1234"], ["--account", "mine"], ["--embedded", "--account", OWN]],
)
def test_it_refuses_without_an_account(arguments, capsys):
    with pytest.raises(SystemExit) as raised:
        command.main(arguments)
    assert raised.value.code == 2
    assert "account" in capsys.readouterr().err


class Identity:
    def __init__(self, account):
        self.account = account

    def get_caller_identity(self):
        return {"Account": self.account}


def test_it_refuses_another_account_than_the_one_named(monkeypatch, capsys):
    monkeypatch.setattr(RealAccount, "client", lambda self, name: Identity("111111111111"))
    monkeypatch.setattr(command, "Verification", None)
    assert command.main(["--account", OWN, "--region", "eu-west-1"]) == 1
    assert f"another account than {OWN}" in capsys.readouterr().err
    assert "111111111111" not in capsys.readouterr().err
    monkeypatch.setattr(RealAccount, "client", lambda self, name: Identity(OWN))
    RealAccount(OWN, "eu-west-1").check()
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    with pytest.raises(WrongAccount, match="no region"):
        RealAccount(OWN)


EVENT = {
    "headers": {
        "Host": f"{API}.execute-api.eu-west-1.amazonaws.com",
        "X-Forwarded-For": "203.0.113.7",
        "CloudFront-Viewer-Country": "XX",
        "Via": "2.0 cloudfront",
        "Custom": f"https://{API}.execute-api.eu-west-1.amazonaws.com/dev from 203.0.113.7",
    },
    "requestContext": {
        "accountId": OWN,
        "apiId": API,
        "identity": {"sourceIp": "203.0.113.7", "user": None, "userArn": f"arn:aws:iam::{OWN}:x"},
        "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        "requestTimeEpoch": 1428582896000,
    },
    "body": "Root=1-5e66d96f-7491f0c0d0a0b0c0d0e0f0a0;Parent=abc;Sampled=0 of c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
    "isBase64Encoded": False,
}


def test_what_is_written_tells_nothing_of_the_account():
    found = redacted(EVENT, KNOWN)
    assert found == {
        "headers": {
            "Host": "$any",
            "X-Forwarded-For": "$any",
            "Via": "$any",
            "Custom": "https://api.execute-api.us-east-1.amazonaws.com/dev from 192.0.2.1",
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "$any",
            "identity": {
                "sourceIp": "$any",
                "user": None,
                "userArn": "arn:aws:iam::123456789012:x",
            },
            "requestId": "$any",
            "requestTimeEpoch": "$any",
        },
        "body": "Root=1-00000000-000000000000000000000000;Parent=0;Sampled=0 of "
        "00000000-0000-0000-0000-000000000000",
        "isBase64Encoded": False,
    }
    own = {one: instead for one, instead in KNOWN.items() if one != instead}
    assert leaks(json.dumps(found), own) == []
    assert leaks(json.dumps(EVENT), own) == ["one of 2 known ids", "a number of twelve digits"]


def test_a_new_recording_is_a_case():
    (case,) = (c for c in cases() if str(c) == "path-greedy")
    headers = [("Content-Type", "text/plain"), ("x-amzn-RequestId", "c6af9ac6")]
    answer = (200, headers, b"ok")
    made = play.recording(case, answer, {"function": [EVENT], "authorizer": []}, KNOWN)
    assert made["aws"]["headers"] == {"Content-Type": "text/plain", "x-amzn-RequestId": "$any"}
    assert (made["aws"]["status"], made["aws"]["body"]) == (200, "ok")
    assert made["evidence"] == "recorded"
    assert Case(made).is_request
    assert play.problems_of(Case(made), answer, {"function": [redacted(EVENT, KNOWN)]}) == []
    other = play.problems_of(Case(made), (500, headers, b"{}"), {"function": []})
    assert len(other) > 2


def test_what_was_deployed_is_destroyed():
    done = []
    with deployed(
        lambda: done.append("deployed") or "outputs", lambda: done.append("destroyed")
    ) as it:
        assert it == "outputs"
    with pytest.raises(ZeroDivisionError), deployed(lambda: 1 / 0, lambda: done.append("again")):
        done.append("never")
    assert done == ["deployed", "destroyed", "again"]


SCRIPT = """
import sys, time
from pathlib import Path
from tests.verify_aws.deployment import deployed

folder, where = Path(sys.argv[1]), sys.argv[2]

def wait(name):
    (folder / name).touch()
    time.sleep(60 if name == where else 0)

def destroy():
    (folder / "destroying").touch()
    time.sleep(1)
    (folder / "destroyed").touch()

try:
    with deployed(lambda: wait("deploying"), destroy):
        wait("playing")
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize(
    ("where", "number"),
    [
        ("deploying", signal.SIGINT),
        ("playing", signal.SIGTERM),
        ("playing", signal.SIGHUP),
    ],
)
def test_interruptions_end_everything_but_the_destruction(tmp_path, where, number):
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(tmp_path), where], cwd=ROOT)
    try:
        for name in (where, "destroying"):
            eventually((tmp_path / name).exists)
            process.send_signal(number)
        assert process.wait(60) == 130
    finally:
        process.kill()
        process.wait()
    assert (tmp_path / "destroyed").exists()


class Stacks:
    def __init__(self):
        self.statuses = ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]

    def describe_stacks(self, StackName):
        if StackName.endswith("-Recorded"):
            raise ClientError({"Error": {"Code": "ValidationError"}}, "DescribeStacks")
        return {"Stacks": [{"StackStatus": self.statuses.pop(0)}]}


class Cdk:
    def __init__(self, *arguments):
        self.done = []

    def deploy(self):
        self.done.append("deploy")
        return "", {"S": {"VerifyBucket": "bucket", "VerifyHello": API, "VerifyDeclared0": "d0"}}

    def destroy(self):
        self.done.append("destroy")
        if self.done.count("destroy") > 1:
            raise KeyError("no")


def test_a_failure_in_between_destroys_too_and_tells_what_is_left(tmp_path, monkeypatch, capsys):
    account = type("Account", (), {"is_embedded": False, "account": OWN})()
    account.client = lambda name: Stacks()
    monkeypatch.setattr(command, "Cdk", Cdk)
    monkeypatch.setattr(play.Bucket, "clear", lambda self, prefix="": None)
    monkeypatch.setattr(play, "wait_until_there", lambda *_: 1 / 0)
    options = command.options_of(["--account", OWN])
    run = command.Verification(account, options, tmp_path)
    assert run.name.startswith("CoworksVerify-")
    with pytest.raises(ZeroDivisionError):
        run.run()
    assert run.cdk.done == ["deploy", "destroy"]
    with pytest.raises(KeyError):
        run.run()
    assert "NOT all gone" in capsys.readouterr().err


def test_nothing_is_written_that_would_tell(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "Cdk", Cdk)
    options = command.options_of(["--account", OWN, "--write", str(tmp_path / "out")])
    account = type("Account", (), {"is_embedded": False, "account": OWN})()
    run = command.Verification(account, options, tmp_path)
    with pytest.raises(RuntimeError, match="nothing is written"):
        run._write("recorded.json", [{"body": f"of {API}"}], KNOWN)
    run._write("recorded.json", [{"body": "of api"}], KNOWN)
    assert json.loads((tmp_path / "out" / "recorded.json").read_text()) == [{"body": "of api"}]
