"""The secret of the token: its rotation, its failures, what it may hold."""

import logging

import pytest
from botocore.exceptions import ClientError

from coworks_runtime import TechMicroService, entry
from coworks_runtime.authorization import secret
from coworks_runtime.errors import TokenSecretError

ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-AbCdEf"


class Manager:
    """What Secrets Manager answers, and how often it was asked."""

    def __init__(self):
        self.value = {"SecretString": "first"}
        self.calls = 0

    def get_secret_value(self, *, SecretId):
        assert SecretId == ARN
        self.calls += 1
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Protected(TechMicroService):
    @entry
    def get(self):
        return "in"


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(secret.time, "monotonic", clock)
    return clock


@pytest.fixture
def manager(monkeypatch, clock):
    manager = Manager()
    monkeypatch.setattr(secret, "_cache", {})
    monkeypatch.setattr(secret, "_client", lambda: manager)
    monkeypatch.setenv("CWS_TOKEN_SECRET_ARN", ARN)
    return manager


@pytest.fixture
def ask(manager):
    client = Protected().test_client()
    return lambda token: client.get("/", headers={"Authorization": token}).status_code


def failure():
    return ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetSecretValue")


def test_a_rotation_counts_after_the_value_s_age(ask, manager, clock):
    assert ask("first") == 200
    manager.value = {"SecretString": "second"}
    clock.now += secret.MAX_AGE + 0.1
    assert [ask("second"), ask("first")] == [200, 403]


def test_the_age_is_short():
    assert secret.MAX_AGE <= 1


def test_wrong_tokens_make_no_calls(ask, manager):
    assert {ask(f"wrong-{n}") for n in range(100)} == {403}
    assert manager.calls == 1


@pytest.fixture
def sleep(monkeypatch, clock):
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        clock.now += seconds

    monkeypatch.setattr(secret.time, "sleep", sleep)
    return slept


def test_a_new_token_counts_within_the_value_s_age(ask, manager, clock, sleep):
    assert ask("first") == 200
    manager.value = {"SecretString": "second"}
    clock.now += 0.4
    assert ask("second") == 200
    assert 0.6 <= sum(sleep) < 0.7
    clock.now += 0.1
    assert [ask("first"), ask("second")] == [403, 200]
    assert manager.calls == 3  # the one that is revoked has waited too
    assert sum(sleep) < 2


def test_wrong_tokens_neither_wait_nor_call(ask, manager, clock, sleep):
    assert ask("first") == 200
    clock.now += 0.4
    assert ask("wrong") == 403
    waited, calls = sum(sleep), manager.calls
    assert (waited, calls) == (pytest.approx(0.61), 2)
    for n in range(100):
        clock.now += 0.001
        assert ask(f"wrong-{n}") == 403
    assert (sum(sleep), manager.calls) == (waited, calls)
    clock.now += secret.PATIENCE
    assert ask("wrong") == 403  # a value that is read in this call is compared once
    assert (sum(sleep), manager.calls) == (waited, calls + 1)


def test_nobody_waits_for_a_secret_that_can_not_be_read(ask, manager, clock, sleep):
    assert ask("first") == 200
    manager.value = failure()
    clock.now += secret.MAX_AGE + 0.1
    assert [ask("second"), ask("first")] == [403, 200]
    assert sleep == []


def test_a_failure_is_remembered(ask, manager, clock, caplog):
    manager.value = failure()
    assert {ask(f"any-{n}") for n in range(100)} == {500}
    assert manager.calls == 1
    assert "AccessDenied" in caplog.text
    clock.now += secret.FAILURE_PAUSE + 0.1
    manager.value = {"SecretString": "first"}
    assert ask("first") == 200
    assert manager.calls == 2


def test_the_last_value_counts_for_a_bounded_time(ask, manager, clock, caplog):
    assert ask("first") == 200
    manager.value = failure()
    clock.now += secret.MAX_AGE + 0.1
    with caplog.at_level(logging.ERROR):
        assert [ask("first"), ask("wrong")] == [200, 403]
    assert len([r for r in caplog.records if "AccessDenied" in r.message]) == 1
    clock.now += secret.MAX_STALE
    assert [ask("first"), ask("wrong")] == [500, 500]
    assert manager.calls == 3


@pytest.mark.parametrize(
    "value",
    [
        {"SecretString": "first\n"},
        {"SecretString": " first\r\n"},
        {"SecretString": '{"token": "first", "user": "x"}'},
        {"SecretString": '{"api-key": "first\\n"}'},
        {"SecretBinary": b"first\n"},
    ],
)
def test_a_value_is_taken_as_it_is_usually_stored(ask, manager, value):
    manager.value = value
    assert [ask("first"), ask("second")] == [200, 403]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"SecretString": ""}, "is empty"),
        ({"SecretString": "\n"}, "is empty"),
        ({"SecretString": '{"user": "a1b2", "password": "c3d4"}'}, "JSON object of 2 values"),
        ({"SecretString": '{"token": 5}'}, "JSON object of 1 values"),
        ({"SecretString": "pässword"}, "no header carries"),
        ({"SecretString": "two\nlines"}, "no header carries"),
        ({"SecretBinary": bytes([255, 254])}, "no text"),
        ({}, "is empty"),
    ],
)
def test_a_value_that_is_no_token_is_told_and_not_shown(ask, manager, caplog, value, why):
    manager.value = value
    assert ask("first") == 500
    assert why in caplog.text
    for shown in ("a1b2", "c3d4", "pässword", "lines"):
        assert shown not in caplog.text


def test_a_token_may_start_with_a_brace():
    assert secret.token_of(ARN, "{not json") == "{not json"
    with pytest.raises(TokenSecretError):
        secret.token_of(ARN, "{}")


def test_timeouts_are_short(monkeypatch):
    import boto3

    made = {}
    monkeypatch.setattr(boto3, "client", lambda name, config: made.update({name: config}))
    secret._client()
    config = made["secretsmanager"]
    assert (config.connect_timeout, config.read_timeout) == (1, 2)
    assert config.retries["total_max_attempts"] == 2
