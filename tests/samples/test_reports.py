"""The sample whose work is done after its answer: its service, and its stack."""

import importlib
import importlib.util
import json
import sys
from pathlib import Path

import pytest

from tests.moto_process import moto_process

SAMPLE = Path(__file__).parents[2] / "samples" / "reports"


@pytest.fixture
def reports(monkeypatch):
    """The service, imported anew."""
    monkeypatch.syspath_prepend(str(SAMPLE / "tech"))
    monkeypatch.setenv("TOKEN", "one")
    for name in ("reports", "results"):
        monkeypatch.delitem(sys.modules, name, raising=False)

    def client():
        return importlib.import_module("reports").app.test_client()

    yield client
    for name in ("reports", "results"):
        sys.modules.pop(name, None)


def told(client):
    """What a caller sees."""
    client.environ_base["HTTP_AUTHORIZATION"] = "one"
    begun = client.post("/report/sales", json={"values": [3, 1, 2]})
    assert begun.status_code == 202
    dropped = client.post("/report/none", json={"values": []})
    assert dropped.status_code == 202
    report = client.get(f"/report/{begun.json['request_id']}")
    missing = client.get(f"/report/{dropped.json['request_id']}")
    return report.json, missing.status_code


def test_its_results_in_the_process(reports, monkeypatch):
    monkeypatch.delenv("RESULTS_TABLE", raising=False)
    assert told(reports()) == ({"name": "sales", "count": 3, "mean": 2.0}, 404)


def test_its_results_in_a_table(reports, monkeypatch):
    with moto_process() as moto:
        for name, value in {**moto.environment, "RESULTS_TABLE": "results"}.items():
            monkeypatch.setenv(name, value)
        client = moto.client("dynamodb")
        client.create_table(
            TableName="results",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        assert told(reports()) == ({"name": "sales", "count": 3, "mean": 2.0}, 404)
        (item,) = client.scan(TableName="results")["Items"]
        assert set(item) == {"id", "text", "until"}


def test_its_stack():
    from aws_cdk import App, assertions

    spec = importlib.util.spec_from_file_location("reports_app", SAMPLE / "app.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    app = App(context={"aws:cdk:bundling-stacks": []})
    template = assertions.Template.from_stack(module.ReportsStack(app, "ReportsStack"))
    template.has_resource_properties(
        "AWS::Lambda::EventInvokeConfig", {"MaximumEventAgeInSeconds": 3600}
    )
    (policy,) = [
        text
        for text in map(json.dumps, template.find_resources("AWS::IAM::Policy").values())
        if "dynamodb" in text
    ]
    assert "dynamodb:GetItem" in policy
    assert "dynamodb:DeleteItem" not in policy
