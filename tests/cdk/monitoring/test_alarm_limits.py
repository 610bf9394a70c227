"""Values of alarms at their limits, those of the deployment, and what is asked for twice."""

import math

import pytest
from aws_cdk import App, CfnParameter, Duration, Environment, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns

from coworks_cdk import CoworksMicroService, Threshold


@pytest.fixture(scope="module")
def known(services, layer_arn):
    return {"app": "minimal", "project_dir": services, "coworks_layer": layer_arn}


@pytest.fixture(scope="module")
def alarms(synthesize, of_type, known):
    """The alarms of a stack of services, by service, id of construct and alarm."""

    def declare(stack):
        topic, other = sns.Topic(stack, "Topic"), sns.Topic(stack, "Other")
        late = CfnParameter(stack, "Late", type="Number").value_as_number
        plain = CoworksMicroService(stack, "Plain", **known)
        plain.add_alarms([topic, other], errors=late, latency=Threshold(Duration.seconds(2)))
        week = Threshold(7, minutes=60, periods=7 * 24, breaching=1)
        plain.add_alarms(
            [],
            construct_id="More",
            latency=Duration.millis(late),
            throttles=week,
            errors=123_456_789,
        )
        for reserve in (0, 1, 2, 7, 35):
            CoworksMicroService(
                stack,
                f"Of{reserve}",
                **known,
                function_options={"reserved_concurrent_executions": reserve},
            ).add_alarms(topic)
        CoworksMicroService(
            stack, "OfLate", **known, function_options={"reserved_concurrent_executions": late}
        ).add_alarms(topic)
        streaming = {**known, "app": "streaming", "timeout": Duration.minutes(10)}
        CoworksMicroService(stack, "Streaming", **streaming).add_alarms(topic)
        CoworksMicroService(stack, "Whole", **streaming, streaming=False).add_alarms(topic)
        warned = [
            service.node.id
            for service in stack.node.children
            if "no alarm on its concurrency" in str([m.data for m in service.node.metadata])
        ]
        assert warned == ["OfLate"]

    found = of_type(synthesize(declare), "CloudWatch::Alarm")
    return {name[:-8]: alarm["Properties"] for name, alarm in found.items()}


def threshold(alarms, name):
    return alarms[name]["Threshold"] if name in alarms else None


@pytest.mark.parametrize(
    ("service", "value"), [("0", None), ("1", None), ("2", 2), ("7", 6), ("35", 28), ("Late", None)]
)
def test_concurrency_near_a_reserve(alarms, service, value):
    # One that is reserved is meant to be in use.
    assert threshold(alarms, f"Of{service}AlarmsConcurrency") == value


def test_a_stream_is_waited_for_as_long_as_its_function_may_take(alarms):
    assert threshold(alarms, "StreamingAlarmsLatency") == 480_000
    assert threshold(alarms, "WholeAlarmsLatency") == 23_200


def test_values_that_the_deployment_says(alarms):
    late = {"Ref": "Late"}
    errors = alarms["PlainAlarmsErrors"]
    assert errors["Threshold"] == late
    assert late in errors["AlarmDescription"]["Fn::Join"][1]
    assert threshold(alarms, "PlainMoreLatency") == late


def test_values_as_they_are_given(alarms):
    assert threshold(alarms, "PlainAlarmsLatency") == 2000
    throttles = alarms["PlainMoreThrottles"]
    assert (throttles["Period"], throttles["EvaluationPeriods"]) == (3600, 168)
    assert "123456789 or more" in alarms["PlainMoreErrors"]["AlarmDescription"]


def test_several_topics_are_told_or_none(alarms):
    for actions in ("AlarmActions", "OKActions"):
        assert len(alarms["PlainAlarmsErrors"][actions]) == 2
        assert actions not in alarms["PlainMoreErrors"]


WRONG = (
    ({"errors": math.inf}, "errors: got a threshold of inf; allowed: numbers above 0"),
    ({"errors": math.nan}, "errors: got a threshold of nan; allowed: numbers above 0"),
    ({"errors": -math.inf}, "errors: got a threshold of -inf; allowed: numbers above 0"),
    ({"throttles": -1}, "throttles: got a threshold of -1; allowed: numbers above 0"),
    ({"throttles": Duration.seconds(1)}, "throttles: got a threshold of a Duration; allowed: num"),
    ({"latency": 58_001}, "latency: got 58001, which is never reached; allowed: up to 58000, the"),
    ({"latency": Duration.minutes(2)}, "latency: got 120000, which is never reached"),
    ({"latency": Duration.millis(0)}, "latency: got a threshold of 0; allowed: numbers above 0"),
    (
        {"errors": Threshold(1, minutes=60, periods=169)},
        "errors: 169 values of 60 minutes are more than the week that CloudWatch looks back",
    ),
    (
        {"errors": Threshold(1, minutes=1.5)},
        "minutes, periods and breaching must be whole numbers from 1 on, got 1.5, 5 and 3",
    ),
    ({"topic": None}, "topic: got an object of type NoneType; allowed: a topic (`sns.Topic.from_t"),
    ({"topic": "arn:aws:sns:eu-west-1:123456789012:t"}, "topic: got an object of type str;"),
    ({"construct_id": "Alarms0"}, "there is 'Alarms0' already; allowed: another construct_id"),
)


def test_what_can_t_be_is_told_and_what_goes_on_with_it_goes_on(known):
    app = App()
    stack = Stack(app, "Stack")
    topic = sns.Topic(stack, "Topic")
    late = Duration.seconds(CfnParameter(stack, "Late", type="Number").value_as_number)
    service = CoworksMicroService(stack, "Service", **known)
    for number, (given, _) in enumerate(WRONG):
        options = {"topic": topic, "construct_id": f"Alarms{number}", **given}
        made = service.add_alarms(**options)
        assert {*made} == {"server_errors", "latency", "throttles", "errors"}
    service.add_alarms(topic, construct_id="Late", latency=late)
    dashboards = (
        service.dashboard("shop"),
        service.dashboard(name="our shop"),
        service.dashboard(name="x" * 256),
        service.dashboard(cloudwatch.Dashboard(stack, "Board"), name="shop"),
    )
    assert all(isinstance(dashboard, cloudwatch.Dashboard) for dashboard in dashboards)
    with pytest.raises(RuntimeError) as error:
        app.synth()
    for told in (
        *(told for _, told in WRONG),
        "latency: got a Duration in seconds that the deployment says; allowed: Duration.millis",
        "dashboard: got an object of type str; allowed: a Dashboard of aws_cloudwatch",
        "name: got 'our shop'; allowed: 1 to 255 letters, digits, '-' and '_'",
        f"name: got '{'x' * 256}'; allowed",
        "name: got 'shop' for a dashboard that is there; allowed: without `dashboard`",
        "there is 'Dashboard' already; allowed: a Dashboard of yours, for `dashboard`",
    ):
        assert told in str(error.value)


def test_a_dashboard_elsewhere_draws_what_is_measured_here(known):
    app = App()
    here = Environment(account="123456789012", region="eu-west-1")
    there = Environment(account="123456789012", region="us-east-1")
    service = CoworksMicroService(
        Stack(app, "Here", env=here), "Service", **known, function_name="shop"
    )
    board = cloudwatch.Dashboard(Stack(app, "There", env=there), "Board")
    service.dashboard(board)
    template = app.synth().get_stack_by_name("There").template
    (resource,) = [
        one for one in template["Resources"].values() if one["Type"] == "AWS::CloudWatch::Dashboard"
    ]
    body = str(resource["Properties"]["DashboardBody"])
    # Each metric says where it is: an API's, an entry's, a function's.
    metrics = body.count('"AWS/ApiGateway"') + body.count('"AWS/Lambda"')
    assert metrics == body.count('"region":"eu-west-1"') > 10


def test_services_of_one_dashboard_are_counted_together(known, monkeypatch):
    from coworks_cdk.monitoring import dashboards

    monkeypatch.setattr(dashboards, "MOST_WIDGETS", 20)
    app = App()
    stack = Stack(app, "Stack")
    board = cloudwatch.Dashboard(stack, "Board")
    for name in ("First", "Second"):
        CoworksMicroService(stack, name, **known).dashboard(board)
    with pytest.raises(RuntimeError) as error:
        app.synth()
    told = "has 22 widgets, 11 of them of other services, and CloudWatch takes 20: name 0 at most"
    assert told in str(error.value)
    assert "Stack/First" not in str(error.value)
