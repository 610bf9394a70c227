"""Two templates in full: a minimal service, and one with everything on."""

import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager

from coworks_cdk import CoworksMicroService
from coworks_cdk.testing import stable_template


@pytest.fixture(scope="module")
def templates(services, layer_arn):
    app = App()
    common = {
        "project_dir": services,
        "coworks_layer": layer_arn,
        # The default is the Python that runs the tests.
        "runtime": lambda_.Runtime.PYTHON_3_13,
    }
    minimal = Stack(app, "Minimal")
    CoworksMicroService(minimal, "Service", app="minimal", **common)
    everything = Stack(app, "Everything")
    CoworksMicroService(
        everything,
        "Service",
        app="everything",
        stage="prod",
        environment={"COLOUR": "blue"},
        token=secretsmanager.Secret(everything, "Secret"),
        authorizer_cache_ttl=Duration.minutes(10),
        access_logs=True,
        throttling_rate_limit=100,
        throttling_burst_limit=50,
        **common,
    )
    return {stack.node.id: stable_template(stack) for stack in (minimal, everything)}


def test_a_minimal_service(templates, snapshot):
    assert templates["Minimal"] == snapshot


def test_a_service_with_everything_on(templates, snapshot):
    assert templates["Everything"] == snapshot
