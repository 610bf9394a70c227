"""``--deployed``: the code here, the resources of a deployed stack (moto, in its own process)."""

import json

import pytest

from tests.local.assemblies import function, resource, service, write
from tests.local.test_local_command import fetch, run, running
from tests.moto_process import moto_process

SOURCES = """
import json, os, boto3

def handler(event, context):
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    table.put_item(Item={"id": "a", "from": "here"})
    item = table.get_item(Key={"id": "a"})["Item"]
    return {"statusCode": 200, "body": json.dumps([table.name, item["from"]])}
"""
TABLE = resource(
    "AWS::DynamoDB::Table",
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    BillingMode="PAY_PER_REQUEST",
)


@pytest.fixture(scope="module")
def moto():
    with moto_process() as server:
        yield server


@pytest.fixture
def environment(moto, tmp_path, monkeypatch):
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    moto.reset()
    nowhere = str(tmp_path / "none")
    files = {"AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere}
    return {**moto.environment, **files, "AWS_EC2_METADATA_DISABLED": "true"}


def deploy(moto, name="Stack", stage="dev", **parameters):
    url = f"https://abc.execute-api.us-east-1.amazonaws.com/{stage}/"
    template = {"Resources": {"Table": TABLE}, "Outputs": {"Url": {"Value": url}}}
    moto.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))
    (table,) = moto.client("dynamodb").list_tables()["TableNames"]
    return table


def assembly(folder, stage="dev"):
    variables = {"TABLE": {"Ref": "Table"}, "CWS_STAGE": stage}
    resources = service(
        Function=function("code", Timeout=60, Environment={"Variables": variables}), Table=TABLE
    )
    return write(folder / "cdk.out", resources, {"app.py": SOURCES})


def test_the_code_here_and_the_table_there(moto, tmp_path, environment):
    table = deploy(moto)
    arguments = (assembly(tmp_path), "--port", 0, "--deployed", "Stack")
    with running(*arguments, environment=environment) as command:
        url = command.wait_for(r"^Service  (http://\S+)$")[1]
        assert json.loads(fetch(url)) == [table, "here"]
    items = moto.client("dynamodb").scan(TableName=table)["Items"]
    assert items == [{"id": {"S": "a"}, "from": {"S": "here"}}]


@pytest.mark.parametrize(
    ("name", "deployed", "here", "why"),
    [
        ("Stack", "prod", "dev", "Stack is of prod: "),
        ("Stack", "dev", "production", "Stack is of production: "),
        ("shop-Prod", "dev", "dev", "shop-Prod is of prod: "),
    ],
)
def test_production_needs_a_yes(moto, tmp_path, environment, name, deployed, here, why):
    table = deploy(moto, name, deployed)
    arguments = (assembly(tmp_path, here), "--port", 0, "--stack", "Stack", "--deployed", name)
    done = run(*arguments, environment=environment)
    assert done.returncode == 1
    assert f"Error: {why}" in done.stderr
    assert "--yes" in done.stderr
    with running(*arguments, "--yes", environment=environment) as command:
        url = command.wait_for(r"^Service  (http://\S+)$")[1]
        assert json.loads(fetch(url)) == [table, "here"]


def test_a_stack_that_is_not_there(moto, tmp_path, environment):
    done = run(assembly(tmp_path), "--deployed", "Nowhere", environment=environment)
    assert done.returncode == 1
    assert "Error: the stack Nowhere can't be asked of AWS: " in done.stderr
    without = {k: v for k, v in environment.items() if not k.endswith(("KEY", "KEY_ID"))}
    without |= {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    done = run(assembly(tmp_path), "--deployed", "Stack", environment=without)
    assert "Error: there are no AWS credentials" in done.stderr
