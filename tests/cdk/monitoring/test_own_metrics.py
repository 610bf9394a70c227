"""The page on observing: its alarm looks at a metric that its service's lines tell of."""

import json

from aws_cdk import App, Stack, assertions

from tests.lambda_process import ROOT, LambdaProcess
from tests.project.documents import titled
from tests.runtime.extension.test_metrics import event, published

PAGE = ROOT / "docs" / "observing.md"


def test_the_metric_of_the_alarm_is_sent_by_the_service(tmp_path):
    (tmp_path / "shop.py").write_text(titled(PAGE, "shop.py"))
    with LambdaProcess(tmp_path, "shop.app") as process:
        body = json.dumps({"country": "FR", "amount": 12.5}).encode()
        assert process.call(event("POST", "/order", body))["body"] == "placed"
        (line,) = process.records()
    page = {"__name__": "page"}
    exec(compile(titled(PAGE, "sales.py"), "sales.py", "exec"), page)
    stack = page["Sales"](App(), "Sales")
    assert isinstance(stack, Stack)
    alarms = assertions.Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm")
    (alarm,) = [one["Properties"] for one in alarms.values()]
    assert {d["Namespace"] for d in line["_aws"]["CloudWatchMetrics"]} == {alarm["Namespace"]}
    sent = {(name, frozenset(where)): value for (name, where), value in published(line).items()}
    named = frozenset((d["Name"], d["Value"]) for d in alarm["Dimensions"])
    assert sent[alarm["MetricName"], named] == [1]
