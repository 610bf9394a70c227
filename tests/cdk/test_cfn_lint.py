"""cfn-lint on what the tests synthesize."""

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_secretsmanager as secretsmanager

from coworks_cdk import CoworksMicroService
from tests.cfn_lint import cfn_lint


@pytest.fixture(scope="module")
def folder(tmp_path_factory, services, layer_arn):
    out = tmp_path_factory.mktemp("lint")
    app = App(outdir=str(out))

    def declare(name, service, **props):
        stack = props.pop("stack", None) or Stack(app, name)
        CoworksMicroService(
            stack, "Service", app=service, project_dir=services, coworks_layer=layer_arn, **props
        )

    declare("Minimal", "minimal")
    declare("Siblings", "siblings")
    declare("Many", "many", environment={"COUNT": "100"})
    full = Stack(app, "Everything")
    declare(
        "Everything",
        "everything",
        stack=full,
        token=secretsmanager.Secret(full, "Secret"),
        vpc=ec2.Vpc.from_vpc_attributes(
            full,
            "Vpc",
            vpc_id="vpc-12345678",
            availability_zones=["eu-west-1a"],
            private_subnet_ids=["subnet-12345678"],
        ),
        access_logs=True,
        throttling_rate_limit=10,
        throttling_burst_limit=5,
    )
    app.synth()
    return out


def test_templates_are_clean(folder):
    templates = sorted(folder.glob("*.template.json"))
    assert len(templates) == 4
    assert cfn_lint(templates) == []
