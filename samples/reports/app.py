"""A stack of a service that does its work after its answer, with the table of its results."""

from pathlib import Path
from typing import Any

from aws_cdk import App, Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from coworks_cdk import CoworksMicroService

TECH = Path(__file__).parent / "tech"


class ReportsStack(Stack):
    """The service, a table of its results, and a queue of what failed."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        results = dynamodb.Table(
            self,
            "Results",
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            time_to_live_attribute="until",
            removal_policy=RemovalPolicy.DESTROY,
        )
        failed = sqs.Queue(self, "Failed", enforce_ssl=True)
        reports = CoworksMicroService(
            self,
            "Reports",
            app="reports",
            project_dir=TECH,
            token=secretsmanager.Secret(self, "Token"),
            environment={"RESULTS_TABLE": results.table_name},
            timeout=Duration.minutes(5),
            function_options={
                "on_failure": destinations.SqsDestination(failed),
                "max_event_age": Duration.hours(1),
            },
        )
        results.grant(reports, "dynamodb:GetItem", "dynamodb:PutItem")


def main() -> None:
    """Synthesize the stack."""
    app = App()
    ReportsStack(app, "ReportsStack")
    app.synth()


if __name__ == "__main__":
    main()
