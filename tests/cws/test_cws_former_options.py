"""What CoWorks' commands took, on the command line and in project.cws.yml."""

import pytest
import yaml

from coworks_runtime.cws.legacy import FORMER_OPTIONS, successor
from tests.cws.test_cws_cdk import arguments, calls

LAYER = "arn:aws:lambda:eu-west-1:123456789012:layer:tools:3"
OWN = "arn:aws:lambda:eu-west-1:935392763270:layer:coworks-0_9_4"
FILE = f"""
commands:
  deploy:
    class: coworks.cws.deploy.deploy_command
    bucket: code
    profile_name: me
    memory-size: 256
    binary_types: [image/png]
    terraform_cloud: true
    layers: [{OWN}, {LAYER}]
  destroy:
    class: coworks.cws.deploy.destroy_command
    bucket: code
workspaces:
  dev:
    commands:
      deploy:
        class: coworks.cws.deploy.deploy_command
        timeout: 20
"""


def given(former) -> list[str]:
    return [former.flags[0]] if former.is_flag else [former.flags[0], "3.11"]


@pytest.mark.parametrize(
    ("command", "former"),
    [
        pytest.param(command, former, id=f"{command} {former.name}")
        for command in ("deploy", "destroy")
        for former in FORMER_OPTIONS[command]
    ],
)
def test_each_option_is_answered_with_what_took_its_place(cdk_project, command, former):
    result = cdk_project(command, *given(former))
    assert former.answer in result.output
    assert former.flags[0] in result.output
    assert (result.exit_code == 0) is not former.is_refused
    assert len(calls(cdk_project)) == (not former.is_refused)
    assert former.flags[0] not in cdk_project(command, "--help").output.split()


def test_the_quickstarts_deploy_goes_on(cdk_project):
    result = cdk_project(
        *("deploy", "--bucket", "XXX", "--profile-name", "YYY", "--layers", OWN, "-l", LAYER)
    )
    assert result.exit_code == 0, result.output
    assert "--bucket does nothing here" in result.output
    assert "the construct adds its own layer" in result.output
    passed = arguments(cdk_project)
    assert passed[:7] == ["deploy", "-c", "stage=dev", "-c", f"layers={LAYER}", "--profile", "YYY"]


def test_the_short_forms_are_taken_too(cdk_project):
    result = cdk_project("deploy", "-b", "XXX", "-pn", "YYY", "-tc", "-to", "us", "-m", "a.py")
    assert result.exit_code == 0, result.output
    assert result.output.count("does nothing here") == 4
    assert "YYY" in arguments(cdk_project)


def test_a_project_file_of_coworks_is_read(cdk_project):
    cdk_project.write("project.cws.yml", FILE)
    result = cdk_project("deploy")
    assert result.exit_code == 0, result.output
    for name in ("bucket", "memory_size", "binary_types", "terraform_cloud", "timeout"):
        assert f"{name} of project.cws.yml does nothing here" in result.output
    assert arguments(cdk_project)[1:7] == [
        *("-c", "stage=dev", "-c", f"layers={LAYER}"),
        *("--profile", "me"),
    ]
    assert "timeout" not in cdk_project("--stage", "prod", "deploy").output
    assert cdk_project("--app", "hello", "routes").exit_code == 0


def test_a_command_of_coworks_under_another_name_is_the_one_here(cdk_project):
    cdk_project.write(
        "project.cws.yml", "commands: {push: {class: coworks.cws.deploy.deploy_command, yes: true}}"
    )
    assert "push" in cdk_project("--help").output
    assert cdk_project("push").exit_code == 0
    assert arguments(cdk_project)[0] == "deploy"
    assert "never" in arguments(cdk_project)


def test_a_command_of_the_projects_that_is_written_for_coworks_is_told(cdk_project):
    cdk_project.write("tech/mine.py", "from coworks.cws.deploy import deploy_command")
    cdk_project.write("project.cws.yml", "commands: {deploy: {class: mine.deploy}}")
    result = cdk_project("deploy")
    assert result.exit_code == 1
    assert "cws migrate renames what has a counterpart here" in result.output
    assert cdk_project("--app", "hello", "routes").exit_code == 0


@pytest.mark.parametrize("dotted", yaml.safe_load("[coworks.biz.x, tools.deploy_command]"))
def test_what_isnt_a_command_of_coworks_has_no_successor(dotted):
    assert successor(dotted) is None
