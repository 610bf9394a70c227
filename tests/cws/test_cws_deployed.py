"""deployed: what CloudFormation tells of the services."""

import json
import os
import sys

import boto3
import pytest
from moto import mock_aws


@pytest.fixture
def account(project, monkeypatch):
    """An account with two stages of a service, and a stack of something else."""
    for name in ("AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(project.folder / "no-config"))
    with mock_aws():
        yield boto3.client("cloudformation")


def create(cloudformation, name: str, outputs: dict[str, str]) -> None:
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {key: {"Value": value} for key, value in outputs.items()},
    }
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))


def service(api_id: str, stage: str, region: str = "eu-west-1") -> dict[str, str]:
    return {
        "HelloApiId": api_id,
        "HelloUrl": f"https://{api_id}.execute-api.{region}.amazonaws.com/{stage}/",
    }


def test_each_service_is_a_line(project, account):
    create(account, "hello-v1", service("bbb", "v1"))
    create(account, "hello-dev", service("aaa", "dev"))
    create(account, "other", {"Topic": "x"})
    result = project("deployed")
    assert result.output == (
        "Stack      Service  Stage  API id  URL\n"
        "---------  -------  -----  ------  ---------------------------------------------------\n"
        "hello-dev  Hello    dev    aaa     https://aaa.execute-api.eu-west-1.amazonaws.com/dev/\n"
        "hello-v1   Hello    v1     bbb     https://bbb.execute-api.eu-west-1.amazonaws.com/v1/\n"
    ).replace("-" * 51, "-" * 52)


def test_one_stage_is_listed_where_it_is_named(project, account):
    create(account, "hello-v1", service("bbb", "v1"))
    create(account, "hello-dev", service("aaa", "dev"))
    result = project("--stage", "v1", "deployed", "--json")
    assert json.loads(result.output) == [
        {
            "stack": "hello-v1",
            "service": "Hello",
            "api_id": "bbb",
            "url": "https://bbb.execute-api.eu-west-1.amazonaws.com/v1/",
            "stage": "v1",
        }
    ]
    os.environ["CWS_STAGE"] = "v1"
    assert len(json.loads(project("deployed", "--json").output)) == 2


def test_every_page_and_every_stack_without_outputs_is_read(project, account):
    for number in range(56):
        create(account, f"stack-{number}", {} if number % 2 else service(f"id{number}", "dev"))
    assert len(json.loads(project("deployed", "--json").output)) == 28


def test_another_region_has_its_own(project, account):
    create(account, "hello-dev", service("aaa", "dev"))
    assert project("deployed", "--region", "us-east-1").output == "No service is deployed.\n"


def test_a_profile_that_is_none_is_told(project, account):
    result = project("deployed", "--profile-name", "nobody")
    assert result.exit_code == 1
    assert "AWS can't be asked what is deployed: The config profile (nobody)" in result.output


def test_a_missing_region_is_told(project, account, monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    result = project("deployed")
    assert result.exit_code == 1
    assert "AWS can't be asked what is deployed: You must specify a region." in result.output


def test_without_boto3_the_error_tells_how_to_install_it(project, monkeypatch):
    monkeypatch.setitem(sys.modules, "boto3", None)
    result = project("deployed")
    assert result.exit_code == 1
    assert "install it with: pip install boto3" in result.output


def test_the_url_of_the_stages_service_is_printed_alone(project, account):
    create(account, "hello-v1", service("bbb", "v1"))
    create(account, "hello-dev", service("aaa", "dev"))
    assert project("url").output == "https://aaa.execute-api.eu-west-1.amazonaws.com/dev/\n"
    assert (
        project("--stage", "v1", "url", "hello").output
        == "https://bbb.execute-api.eu-west-1.amazonaws.com/v1/\n"
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("url", "2 services are deployed on the stage 'dev': Hello of a, Hello of b."),
        ("url other", "no service 'other' is deployed on the stage 'dev'; there is: Hello on dev"),
        ("--stage v1 url", "no service is deployed on the stage 'v1'"),
    ],
)
def test_a_url_that_isnt_one_is_told(project, account, line, told):
    create(account, "a", service("aaa", "dev"))
    create(account, "b", service("bbb", "dev"))
    result = project(*line.split())
    assert result.exit_code == 1
    assert told in result.output
    assert "//bbb.execute-api" in project("--stage", "dev", "url", "--stack", "b").output
