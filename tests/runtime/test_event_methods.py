"""Events that are no requests: which method takes which, and what becomes of its answer."""

import asyncio
import json
import logging
import subprocess
import sys
from types import SimpleNamespace

import pytest
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from flask import current_app, g, has_request_context

from coworks_runtime import Blueprint, TechMicroService, entry, on_event
from coworks_runtime.description.describe import describe
from coworks_runtime.errors import EventMethodError, UnknownEventError
from coworks_runtime.event_signals import event_finished, event_started
from tests.event_corpus import corpus_event
from tests.runtime.lambda_process import run_lambda

CONTEXT = SimpleNamespace(aws_request_id="id-1")
SCHEDULED = corpus_event("foreign_scheduled").event


def records(source, **more):
    return {"Records": [{"eventSource": source, **more}]}


def bridge(source, detail_type="Made"):
    return {"source": source, "detail-type": detail_type, "detail": {}}


class Night(Blueprint):
    @on_event("aws:s3")
    def file(self, event, context):
        return "night.file"

    @on_event("aws:dynamodb")
    def row(self, event, context):
        return "night.row"


class Orders(TechMicroService):
    @entry(no_auth=True)
    def get(self):
        return "fine"

    @on_event("aws:sqs")
    def take(self, event, context):
        """Take what is in the queue."""
        return {"batchItemFailures": [], "id": context.aws_request_id, "app": current_app.name}

    @on_event("aws:sqs", when=lambda event: event["Records"][0].get("eventSourceARN") == "late")
    def take_late(self, event, context):
        return "late"

    @on_event("aws.events", detail_type="Scheduled Event")
    def every_night(self, event, context):
        return "night"

    @on_event("aws.events")
    def other(self, event, context):
        return "other"

    @on_event("aws:kinesis")
    @on_event("aws:kafka")
    async def stream(self, event, *more):
        await asyncio.sleep(0)
        return has_request_context()

    # In the order of their definition, not of their names.
    @on_event(when=lambda event: isinstance(event, dict) and "z" in event)
    def zzz(self, event, context):
        return "zzz"

    @on_event(when=lambda event: event == "text" or "z" in event or "a" in event)
    def aaa(self, event, context):
        return "aaa"

    @on_event("aws:ses")
    def broken(self, event, context):
        g.something = 1
        raise ValueError("it broke")


@pytest.fixture
def orders():
    app = Orders()
    outer = Blueprint("outer", __name__)
    outer.register_blueprint(Night())
    app.register_blueprint(outer, url_prefix="/x")
    return app


@pytest.mark.parametrize(
    ("event", "answer"),
    [
        (records("aws:sqs"), {"batchItemFailures": [], "id": "id-1", "app": "orders"}),
        (records("aws:sqs", eventSourceARN="late"), "late"),
        ([{"eventSource": "aws:sqs", "eventSourceARN": "x"}], "KeyError"),
        (SCHEDULED, "night"),
        (bridge("aws.events", "Another"), "other"),
        ({"source": "aws.events"}, "other"),
        (records("aws:kinesis"), False),
        ({"eventSource": "aws:kafka", "records": {}}, False),
        # The last event of a stream's window.
        ({"Records": [], "eventSourceARN": "arn:aws:kinesis:eu-west-1:1:stream/s"}, False),
        ({"Records": [], "eventSourceARN": "arn:aws:dynamodb:eu-west-1:1:table/t"}, "night.row"),
        ({"a": 1, "Records": [], "eventSourceARN": 3}, "aaa"),
        ({"a": 1, "Records": [], "eventSourceARN": "kinesis"}, "aaa"),
        (corpus_event("foreign_s3").event, "night.file"),
        (records("aws:dynamodb"), "night.row"),
        ({"z": 1, "a": 1}, "zzz"),
        ({"a": 1}, "aaa"),
        ("text", "aaa"),
        ({"a": 1, "Records": []}, "aaa"),
        ({"a": 1, "Records": ["x"]}, "aaa"),
        ({"a": 1, "source": ""}, "aaa"),
        ({"a": 1, "source": 3}, "aaa"),
    ],
    ids=str,
)
def test_which_method_takes_an_event(orders, event, answer):
    if answer == "KeyError":  # a condition that fails is no "no"
        with pytest.raises(TypeError) as raised:
            orders(event, CONTEXT)
        assert "when= of Orders.take_late" in raised.value.__notes__[0]
        return
    assert orders(event, CONTEXT) == answer


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (corpus_event("foreign_sns").event, r"\('aws:sns'\): no method takes it \(there are: Ord"),
        (bridge("my.shop"), r"\('my.shop', 'Made'\).*mark one with @on_event\('my.shop'\)"),
        ({}, "orders can't answer this event: A CoWorks service answers"),
        ({"job": 1}, r"It names no source: a method with @on_event\(when="),
        (corpus_event("foreign_websocket_connect").event, "answers REST API proxy events"),
    ],
    ids=["sns", "bridge", "empty", "job", "websocket"],
)
def test_an_event_that_no_method_takes(orders, event, said):
    with pytest.raises(UnknownEventError, match=said):
        orders(event, CONTEXT)


def test_requests_go_to_entries_and_never_to_methods(orders):
    class Greedy(Orders):
        @on_event(when=lambda event: True)
        def everything(self, event, context):
            raise AssertionError

    event = corpus_event("rest_get_root").event
    assert Greedy()(event, CONTEXT)["body"] == "fine"
    policy = Greedy()(corpus_event("token_authorizer").event, CONTEXT)
    assert policy["policyDocument"]


def test_an_exception_is_logged_and_goes_out(orders, caplog):
    seen, signals = [], []
    orders.teardown_appcontext(seen.append)
    event_started.connect(lambda app, name: signals.append(name), orders, weak=False)
    event_finished.connect(lambda app, exception: signals.append(exception), orders, weak=False)
    with pytest.raises(ValueError, match="it broke") as raised:
        orders(records("aws:ses", body="a secret"), CONTEXT)
    assert seen == [raised.value]
    assert signals == ["broken", raised.value]
    (line,) = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert line.getMessage() == (
        "Exception on an event of aws:ses, in Orders.broken (request id-1)"
    )
    assert line.exc_info[1] is raised.value
    assert "a secret" not in caplog.text
    assert not current_app


def test_its_description_lists_them(orders):
    described = describe(orders)["events"]
    assert described[0] == {
        "method": "take",
        "source": "aws:sqs",
        "detail_type": None,
        "conditional": False,
        "doc": "Take what is in the queue.",
    }
    told = [(e["method"], e["source"], e["detail_type"], e["conditional"]) for e in described]
    assert told[1:] == [
        ("take_late", "aws:sqs", None, True),
        ("every_night", "aws.events", "Scheduled Event", False),
        ("other", "aws.events", None, False),
        ("stream", "aws:kinesis", None, False),
        ("stream", "aws:kafka", None, False),
        ("zzz", None, None, True),
        ("aaa", None, None, True),
        ("broken", "aws:ses", None, False),
        ("outer.night.file", "aws:s3", None, False),
        ("outer.night.row", "aws:dynamodb", None, False),
    ]


def test_the_partial_failures_of_powertools(caplog):
    processor = BatchProcessor(event_type=EventType.SQS)

    class Queue(TechMicroService):
        @on_event("aws:sqs")
        def take(self, event, context):
            return process_partial_response(
                event=event, record_handler=self.one, processor=processor, context=context
            )

        def one(self, record):
            if record.body == "bad":
                raise ValueError(record.body)

    event = corpus_event("foreign_sqs").event
    (good,) = event["Records"]
    event["Records"] = [good, {**good, "messageId": "no", "body": "bad"}]
    assert Queue()(event, CONTEXT) == {"batchItemFailures": [{"itemIdentifier": "no"}]}


def test_a_subclass_may_replace_a_method_or_leave_it_out():
    class Later(Orders):
        @on_event("aws:sqs")
        def take(self, event, context):
            return "replaced"

        def other(self, event, context):
            raise AssertionError

    assert Later()(records("aws:sqs"), CONTEXT) == "replaced"
    with pytest.raises(UnknownEventError):
        Later()(bridge("aws.events", "Another"), CONTEXT)


def test_a_blueprint_registered_twice_or_hidden_is_one():
    app = Orders()
    night = Night()
    app.register_blueprint(night, hide_routes=True)
    app.register_blueprint(night, url_prefix="/again", name="again")
    assert app(records("aws:s3"), CONTEXT) == "night.file"


def two(**marks):
    """A class with a method for each mark."""
    methods = {name: mark(lambda self, event, context: None) for name, mark in marks.items()}
    return type("Two", (TechMicroService,), methods)


def bare(function):
    def inner(*args):
        return function(*args)

    return inner


def rename(function, name):
    function.__name__ = name
    return function


def taker(*parameters):
    source = f"lambda self, {', '.join(parameters)}: None"
    return on_event("aws:sqs")(eval(source))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (two(a=on_event("aws:sqs"), b=on_event("aws:sqs")), "Two.a and Two.b both have @on_event"),
        (
            two(a=on_event("s", detail_type="d"), b=on_event("s", detail_type="d")),
            r"@on_event\('s', detail_type='d'\): which one is to take",
        ),
        (on_event, "name the source"),
        (lambda: on_event(detail_type="d"), "name the source"),
        (lambda: on_event(detail_type="d", when=bool), "name the source"),
        (lambda: on_event("aws:sqs", detail_type="d"), "records have no detail type"),
        (lambda: on_event(""), r"@on_event\(source=''\): must be a name"),
        (lambda: on_event("s", detail_type=3), r"detail_type=3\): must be a name"),
        (lambda: on_event(print), "must be a name"),
        (lambda: on_event(when="x"), "must be a function of the event"),
        (lambda: on_event("aws:sqs")(Orders), "marks methods, not"),
        (two(a=lambda f: entry(on_event("s")(f))), "Two.a has .* and @entry"),
        (two(a=lambda f: staticmethod(on_event("s")(f))), "Two.a is a staticmethod: @on_event"),
        (
            two(a=lambda f: bare(on_event("s")(rename(f, "a")))),
            r"Two.a is hidden by bare.<locals>.inner, which a decorator has made of it: @on_event",
        ),
        (two(a=lambda f: property(on_event("s")(f))), "Two.a is a property: @on_event"),
        (
            type("One", (TechMicroService,), {"a": taker("event")}),
            r"it is a\(self, event\); allowed: \(self, event, context\)",
        ),
        (
            type("One", (TechMicroService,), {"a": taker("event", "context", "x")}),
            "allowed",
        ),
        (
            type("One", (TechMicroService,), {"a": taker("event", "context", "*", "x")}),
            "allowed",
        ),
    ],
)
def test_what_is_an_error_at_start(make, said):
    with pytest.raises(EventMethodError, match=said):
        make()


def test_a_blueprint_s_equal_method_is_an_error_when_it_is_registered():
    class Twin(Blueprint):
        @on_event("aws:sqs")
        def also(self, event, context): ...

    with pytest.raises(EventMethodError, match=r"Orders.take and .*Twin.also both"):
        Orders().register_blueprint(Twin())


SERVICE = """
from coworks_runtime import TechMicroService, on_event

class Service(TechMicroService):
    @on_event("aws:sqs")
    def take(self, event, context):
        bad = [r["messageId"] for r in event["Records"] if r["body"] == "bad"]
        return {"batchItemFailures": [{"itemIdentifier": i} for i in bad]}

    @on_event("aws.events", detail_type="Scheduled Event")
    def every_night(self, event, context):
        raise RuntimeError("broken at night")

app = Service()
"""


def test_in_lambda_s_own_process(tmp_path):
    queue = {"Records": [{"eventSource": "aws:sqs", "messageId": "1", "body": "bad"}]}
    results, _, log, invocations = run_lambda(
        tmp_path, SERVICE, [queue, SCHEDULED, queue, corpus_event("foreign_s3").event]
    )
    first, failed, again, unknown = results
    assert first == again == (False, {"batchItemFailures": [{"itemIdentifier": "1"}]})
    assert failed[0]
    assert failed[1]["errorMessage"] == "broken at night"
    assert failed[1]["errorType"] == "RuntimeError"
    assert unknown[1]["errorType"] == "UnknownEventError"
    assert f"in Service.every_night (request {invocations[1].id})" in log


def test_cws_invoke_sends_one(tmp_path):
    (tmp_path / "tech").mkdir()
    (tmp_path / "tech" / "service.py").write_text(SERVICE)
    answers = []
    for event in (records("aws:sqs", messageId="1", body="bad"), SCHEDULED):
        done = subprocess.run(
            [sys.executable, "-m", "coworks_runtime.cws", "--app", "service", "invoke", "-"],
            cwd=tmp_path,
            input=json.dumps(event),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        answers.append((done.returncode, done.stdout, done.stderr))
    (status, out, _), (failed, _, err) = answers
    assert status == 0
    assert json.loads(out) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert failed == 1
    assert "RuntimeError: broken at night" in err
