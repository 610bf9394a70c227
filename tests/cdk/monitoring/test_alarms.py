"""A service's alarms: on which metrics, from when on, and who is told."""

import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns

from coworks_cdk import CoworksMicroService, Threshold

API = {"ApiName": "everything", "Stage": "dev"}


@pytest.fixture(scope="module")
def known(services, layer_arn):
    return {"app": "everything", "project_dir": services, "coworks_layer": layer_arn}


@pytest.fixture(scope="module")
def alarms(synthesize, of_type, known):
    """The alarms of a stack of services, by service and id."""

    def declare(stack):
        topic = sns.Topic(stack, "Topic")
        imported = sns.Topic.from_topic_arn(
            stack, "Imported", "arn:aws:sns:eu-west-1:123456789012:on-call"
        )
        CoworksMicroService(stack, "Plain", **known).add_alarms(topic)
        reserved = CoworksMicroService(
            stack,
            "Reserved",
            **known,
            version=True,
            timeout=Duration.seconds(10),
            deployment_config=codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
            function_options={"reserved_concurrent_executions": 10},
        )
        made = reserved.add_alarms(imported, ok_actions=False)
        # What CodeDeploy goes back for: no circle of the alias, its alarms and its deployment.
        reserved.deployment_group.add_alarm(made["errors"])
        reserved.add_alarms(
            actions.SsmAction(actions.OpsItemSeverity.HIGH),
            server_errors=0.05,
            latency=Duration.seconds(2),
            throttles=None,
            errors=Threshold(3, minutes=1, periods=4, breaching=2),
            concurrency=5,
            construct_id="Pages",
        )
        reserved.add_alarms(
            topic,
            server_errors=Threshold(minutes=10, periods=1, breaching=1),
            latency=Threshold(periods=4),
            throttles=Threshold(periods=2, breaching=2),
            concurrency=None,
            construct_id="Slow",
        )

    template = synthesize(declare)
    return of_type(template, "CloudWatch::Alarm"), template


def metric(alarm):
    """Namespace, name, statistic, period and dimensions, in whichever form they are written."""
    if "Metrics" in alarm:
        (only,) = alarm["Metrics"]
        stat = only["MetricStat"]
        found = (stat["Metric"], stat["Stat"], stat["Period"])
    else:
        found = (alarm, alarm.get("ExtendedStatistic", alarm.get("Statistic")), alarm["Period"])
    of, statistic, period = found
    dimensions = {one["Name"]: one["Value"] for one in of.get("Dimensions", ())}
    return of["Namespace"], of["MetricName"], statistic, period, dimensions


def one(alarms, prefix):
    (found,) = [alarm["Properties"] for name, alarm in alarms[0].items() if name.startswith(prefix)]
    return found


def when(alarm):
    names = ("Threshold", "EvaluationPeriods", "DatapointsToAlarm", "ComparisonOperator")
    values = tuple(alarm[name] for name in names)
    assert values[-1] == "GreaterThanOrEqualToThreshold"
    return values[:-1]


@pytest.mark.parametrize(
    ("prefix", "measured", "threshold"),
    [
        ("PlainAlarmsServerErrors", ("AWS/ApiGateway", "5XXError", "Average", 60), (0.01, 5, 3)),
        ("PlainAlarmsLatency", ("AWS/ApiGateway", "Latency", "p99", 60), (23200, 5, 3)),
        ("PlainAlarmsThrottles", ("AWS/Lambda", "Throttles", "Sum", 300), (1, 1, 1)),
        ("PlainAlarmsErrors", ("AWS/Lambda", "Errors", "Sum", 300), (1, 1, 1)),
        ("ReservedAlarmsLatency", ("AWS/ApiGateway", "Latency", "p99", 60), (8000, 5, 3)),
        (
            "ReservedAlarmsConcurrency",
            ("AWS/Lambda", "ConcurrentExecutions", "Maximum", 60),
            (8, 5, 3),
        ),
        ("ReservedPagesServerErrors", ("AWS/ApiGateway", "5XXError", "Average", 60), (0.05, 5, 3)),
        # Other times, with the value that there would be anyhow.
        ("ReservedSlowServerErrors", ("AWS/ApiGateway", "5XXError", "Average", 600), (0.01, 1, 1)),
        ("ReservedSlowLatency", ("AWS/ApiGateway", "Latency", "p99", 60), (8000, 4, 3)),
        ("ReservedSlowThrottles", ("AWS/Lambda", "Throttles", "Sum", 60), (1, 2, 2)),
        ("ReservedPagesLatency", ("AWS/ApiGateway", "Latency", "p99", 60), (2000, 5, 3)),
        ("ReservedPagesErrors", ("AWS/Lambda", "Errors", "Sum", 60), (3, 4, 2)),
        (
            "ReservedPagesConcurrency",
            ("AWS/Lambda", "ConcurrentExecutions", "Maximum", 60),
            (5, 5, 3),
        ),
    ],
)
def test_each_alarm(alarms, prefix, measured, threshold):
    alarm = one(alarms, prefix)
    assert metric(alarm)[:4] == measured
    assert when(alarm) == threshold
    # Where nobody calls, there are no values.
    assert alarm["TreatMissingData"] == "notBreaching"
    assert alarm["AlarmDescription"].startswith("everything on dev: ")
    if measured[0] == "AWS/ApiGateway":
        assert metric(alarm)[4] == API


def test_without_a_reserve_or_a_threshold_there_is_none(alarms):
    names = sorted(name[:-8] for name in alarms[0])
    plain = [f"PlainAlarms{one}" for one in ("Errors", "Latency", "ServerErrors", "Throttles")]
    assert [name for name in names if name.startswith("Plain")] == plain
    assert not [name for name in names if name.startswith("ReservedPagesThrottles")]
    assert not [name for name in names if name.startswith("ReservedSlowConcurrency")]


def test_the_alias_is_watched_where_the_api_calls_it(alarms):
    dimensions = metric(one(alarms, "PlainAlarmsErrors"))[4]
    assert set(dimensions) == {"FunctionName"}
    for name in ("Errors", "Throttles"):
        dimensions = metric(one(alarms, f"ReservedAlarms{name}"))[4]
        function = dimensions["FunctionName"]
        assert dimensions["Resource"] == {"Fn::Join": ["", [function, ":live"]]}
    # The function's versions share what is reserved for it.
    concurrency = metric(one(alarms, "ReservedAlarmsConcurrency"))[4]
    assert concurrency == {"FunctionName": function}


def test_who_is_told(alarms):
    plain = one(alarms, "PlainAlarmsErrors")
    assert plain["AlarmActions"] == plain["OKActions"]
    assert set(plain["AlarmActions"][0]) == {"Ref"}
    imported = one(alarms, "ReservedAlarmsErrors")
    assert imported["AlarmActions"] == ["arn:aws:sns:eu-west-1:123456789012:on-call"]
    assert "OKActions" not in imported
    assert ":opsitem:2" in str(one(alarms, "ReservedPagesErrors")["AlarmActions"])


def test_codedeploy_goes_back_for_one(alarms):
    (group,) = [
        resource["Properties"]
        for resource in alarms[1]["Resources"].values()
        if resource["Type"] == "AWS::CodeDeploy::DeploymentGroup"
    ]
    ((name,),) = [alarm["Name"].values() for alarm in group["AlarmConfiguration"]["Alarms"]]
    assert name.startswith("ReservedAlarmsErrors")


WRONG = (
    ({"errors": 0}, "errors: got a threshold of 0; allowed: numbers above 0"),
    ({"server_errors": True}, "server_errors: got a threshold of True"),
    ({"latency": "2s"}, "latency: got a threshold of '2s'"),
    ({"server_errors": 5}, "server_errors: got 5, which is never reached; allowed: up to 1, the"),
    ({"concurrency": 11}, "concurrency: got 11, which is never reached; allowed: up to 10, what"),
    ({"errors": Threshold(1, periods=2)}, "errors: 3 values of 2 can't be"),
    ({"errors": Threshold(1, minutes=0)}, "errors: minutes, periods and breaching must be"),
    ({"errors": Threshold(1, minutes=58, periods=25)}, "errors: 25 values of 58 minutes are"),
)


def test_what_can_t_be_is_told_at_synth(known):
    app = App()
    stack = Stack(app, "Stack")
    topic = sns.Topic(stack, "Topic")
    for number, (given, _) in enumerate(WRONG):
        reserve = {"reserved_concurrent_executions": 10}
        service = CoworksMicroService(stack, f"S{number}", **known, function_options=reserve)
        service.add_alarms(topic, **given)
    with pytest.raises(RuntimeError) as error:
        app.synth()
    for number, (_, told) in enumerate(WRONG):
        assert f"Stack/S{number}" in str(error.value)
        assert told in str(error.value)


def test_a_refused_service_has_its_own_problem_only(known):
    app = App()
    stack = Stack(app, "Stack")
    service = CoworksMicroService(stack, "S", **{**known, "app": "none"}, timeout=Duration.hours(1))
    service.add_alarms(sns.Topic(stack, "Topic"))
    service.dashboard(entries=["get_item"])
    with pytest.raises(RuntimeError) as told:
        app.synth()
    assert "get_item" not in str(told.value)
    assert "timeout" in str(told.value)


def test_function_of_longer_than_the_gateway_waits(known):
    stack = Stack(App(), "Stack")
    longer = CoworksMicroService(stack, "S", **known, timeout=Duration.minutes(15))
    alarm = longer.add_alarms(sns.Topic(stack, "Topic"))["latency"]
    assert stack.resolve(alarm.node.default_child.threshold) == 23200
    assert isinstance(longer.function, lambda_.Function)
