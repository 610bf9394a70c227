"""The page on events: its service takes what its stack sends, and a synth says what another doesn't."""

import json
from pathlib import Path
from textwrap import indent
from types import SimpleNamespace

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler

from coworks_cdk import CoworksMicroService
from tests.event_corpus import corpus_event
from tests.project.documents import blocks

PAGE = Path(__file__).parents[2] / "docs" / "events.md"
BLOCKS = [block for block in blocks(PAGE) if block.language == "python"]
METHODS = [block.text for block in BLOCKS if block.title == "method"]
STACK = "\n".join(block.text for block in BLOCKS if block.title == "stack")
FIRST = {block.title: block.text for block in BLOCKS if "/" in block.title or "." in block.title}
SERVICE = f"""
from coworks_runtime import TechMicroService, entry, on_event

class Orders(TechMicroService):
    def make(self, body):
        if body == "bad":
            raise ValueError(body)

    @entry(no_auth=True)
    def get(self):
        return "Orders"

{indent(chr(10).join(METHODS), "    ")}

app = Orders(name="orders")
"""
BARE = """
from coworks_runtime import TechMicroService, entry, on_event

class Bare(TechMicroService):
    @entry(no_auth=True)
    def get(self):
        return "Orders"
"""
OTHER = f"""{BARE}
    @on_event("my.shop", detail_type="Order lost")
    def lost(self, event, context): ...

app = Bare()
"""


def declare(service, stack):
    """What the page's pieces of a stack declare, and some things more."""
    exec(STACK, {"self": stack, "orders": service})
    function = service.function
    function.add_permission("Logs", principal=iam.ServicePrincipal("logs.amazonaws.com"))
    function.add_permission("Url", principal=iam.AnyPrincipal())
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"))
    target = {"arn": service.alias.function_arn, "role_arn": role.role_arn}
    for name, more in (("Given", {"input": "{}"}), ("Plain", {})):
        scheduler.CfnSchedule(
            stack,
            name,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            schedule_expression="rate(1 hour)",
            target=scheduler.CfnSchedule.TargetProperty(**target, **more),
        )
    for name, pattern, more in (
        ("Shaped", {"source": ["a"]}, {"input_path": "$.detail"}),
        ("Matched", {"source": [{"prefix": "my."}]}, {}),
        ("Anything", {"account": ["123456789012"]}, {}),
    ):
        events.CfnRule(
            stack,
            name,
            event_pattern=pattern,
            targets=[
                events.CfnRule.TargetProperty(arn=function.function_arn, id="x", **more),
            ],
        )
    arn = "arn:aws:kafka:eu-west-1:123456789012:cluster/c/1"
    for name, of, more in (
        ("Broker", function, {"event_source_arn": arn}),
        ("Self", service.alias, {"kafka_bootstrap_servers": ["k:9092"]}),
        ("Elsewhere", function, {"event_source_arn": stack.format_arn(service="mq", resource="b")}),
    ):
        of.add_event_source_mapping(
            name, kafka_topic="orders", starting_position=lambda_.StartingPosition.LATEST, **more
        )


@pytest.fixture(scope="module")
def stacks(tmp_path_factory):
    """The page's service, one that takes nothing and one that takes something else."""
    folder = tmp_path_factory.mktemp("events")
    for name, source in (("orders", SERVICE), ("bare", f"{BARE}\napp = Bare()"), ("other", OTHER)):
        (folder / f"{name}.py").write_text(source)
    app = App(context={"aws:cdk:bundling-stacks": []}, outdir=str(folder / "cdk.out"))
    for name in ("orders", "bare", "other"):
        stack = Stack(app, name)
        service = CoworksMicroService(stack, "Service", app=name, project_dir=folder, version=True)
        declare(service, stack)
    (folder / "tech").mkdir()
    (folder / "tech" / "orders.py").write_text(FIRST["tech/orders.py"])
    scope = {}
    exec(FIRST["app.py"].partition("\napp = ")[0], scope)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        scope["OrdersStack"](app, "First")
    assembly = app.synth()
    return SimpleNamespace(
        folder=Path(assembly.directory), template=Path(assembly.directory, "orders.template.json")
    )


def warned(stacks, name):
    """The places that a synth warns of, in order, and what is missing there."""
    found = []
    for file in sorted(stacks.folder.glob("*.json")):
        artifact = json.loads(file.read_text()).get("artifacts", {}).get(name, {})
        metadata = artifact.get("metadata", {})
        if "additionalMetadataFile" in artifact:
            more = stacks.folder / artifact["additionalMetadataFile"]
            metadata = metadata | json.loads(more.read_text())
        for entries in metadata.values():
            found += [e["data"] for e in entries if e["type"] == "aws:cdk:warning"]
    texts = [text for text in found if "coworks:event-source" in text]
    assert all(" to the function, and no method of " in text for text in texts)
    return [
        (t.partition(" sends ")[0], t.partition("Mark a method with ")[2].partition(". [ack")[0])
        for t in texts
    ]


def test_the_page_s_service_takes_all_that_its_stack_sends(stacks):
    # It has a condition for whatever comes.
    assert warned(stacks, "orders") == []


def test_a_service_that_takes_nothing_is_warned_of_every_source(stacks):
    found = warned(stacks, "bare")
    marks = [mark for _, mark in found]
    for mark in (
        '@on_event("aws:sqs")',
        '@on_event("aws.events", detail_type="Scheduled Event")',
        '@on_event("aws.scheduler", detail_type="Scheduled Event")',
        '@on_event("aws:s3")',
        '@on_event("aws.s3", detail_type="Object Deleted")',
        '@on_event("aws:sns")',
        '@on_event("aws:kinesis")',
        '@on_event("aws:dynamodb")',
        '@on_event("my.shop", detail_type="Order made")',
        '@on_event("aws:kafka")',
        '@on_event("SelfManagedKafka")',
    ):
        assert marks.count(mark) == 1, mark
    # Logs, two rules' matchers, a rule's and a schedule's input, a broker's ARN.
    assert marks.count("@on_event(when=lambda event: ...)") == 6
    assert len(found) == 17


def test_a_service_that_takes_something_else_is_warned_of_what_is_told(stacks):
    places = [place for place, _ in warned(stacks, "other")]
    # What isn't told may be what it takes: matchers, inputs, the ARN of a broker.
    assert len(places) == 17 - 5
    assert {"Given", "Shaped", "Matched", "Anything"}.isdisjoint(places)


def test_the_page_s_resources(stacks):
    template = json.loads(stacks.template.read_text())
    kinds = [resource["Type"] for resource in template["Resources"].values()]
    assert kinds.count("AWS::Lambda::EventSourceMapping") == 3 + 3
    assert kinds.count("AWS::Events::Rule") == 3 + 3
    assert {"AWS::SNS::Subscription", "Custom::S3BucketNotifications"} <= set(kinds)


def test_the_page_s_methods(caplog):
    scope = {"__name__": "page_of_events"}
    exec(SERVICE, scope)
    app = scope["app"]
    queue = corpus_event("foreign_sqs").event
    (message,) = queue["Records"]
    queue["Records"].append({**message, "messageId": "2", "body": "bad"})
    assert app(queue, None) == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    for event, said in (
        (corpus_event("foreign_scheduled").event, "the day before"),
        (corpus_event("foreign_s3").event, "file "),
        (corpus_event("foreign_sns").event, "told "),
        ({"Records": [{"eventSource": "aws:kinesis", "eventID": "e1"}]}, "change e1"),
        ({"Records": [{"eventSource": "aws:dynamodb", "eventID": "e2"}]}, "change e2"),
        (
            {"source": "my.shop", "detail-type": "Order made", "detail": {"id": "o1"}},
            "order o1",
        ),
        (
            {
                "source": "aws.s3",
                "detail-type": "Object Deleted",
                "detail": {"object": {"key": "k1"}},
            },
            "file k1",
        ),
        ({"awslogs": {"data": "abc"}}, "3 bytes of logs"),
    ):
        with caplog.at_level("INFO"):
            assert app(event, None) is None
        assert said in caplog.text


def test_the_page_s_first_example(stacks):
    assert warned(stacks, "First") == []
    assert FIRST["app.py"].endswith('app = App()\nOrdersStack(app, "Orders")\napp.synth()\n')
