"""What the service's function may do: its own log group, tracing, its VPC; nothing else."""

from __future__ import annotations

from functools import cache

from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct


def function_statements(
    log_group: logs.ILogGroup, *, tracing: bool, in_vpc: bool
) -> list[iam.PolicyStatement]:
    """The statements that the function needs to run.

    The managed policies of Lambda allow every log group of the account, and more of X-Ray than a
    function uses.
    """
    statements = [
        iam.PolicyStatement(
            sid="WriteLogs",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[log_group.log_group_arn],
        )
    ]
    if tracing:
        statements.append(_write_traces())
    if in_vpc:
        # What Lambda does on the function's behalf, of which EC2 lets it name no resource:
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
        statements.append(
            iam.PolicyStatement(
                sid="UseNetworkInterfaces",
                actions=[
                    "ec2:AssignPrivateIpAddresses",
                    "ec2:CreateNetworkInterface",
                    "ec2:DeleteNetworkInterface",
                    "ec2:DescribeNetworkInterfaces",
                    "ec2:DescribeSubnets",
                    "ec2:UnassignPrivateIpAddresses",
                ],
                resources=["*"],
            )
        )
    return statements


@cache
def _write_traces() -> iam.PolicyStatement:
    """One for all functions: X-Ray has no resources to name."""
    return iam.PolicyStatement(
        sid="WriteTraces",
        actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
        resources=["*"],
    )


@cache
def _lambda() -> iam.ServicePrincipal:
    return iam.ServicePrincipal("lambda.amazonaws.com")


def function_role(scope: Construct, statements: list[iam.PolicyStatement]) -> iam.Role:
    """Declare the function's role, its statements in the role itself: no policy beside it."""
    return iam.Role(
        scope,
        "Role",
        assumed_by=_lambda(),
        inline_policies={"Service": iam.PolicyDocument(statements=statements)},
    )


def allow(scope: Construct, role: iam.IRole, statements: list[iam.PolicyStatement]) -> iam.Policy:
    """Add the statements to a role of the user's, in a policy of the service's own.

    The role may be shared with other services, and may be of another stack, which then can't
    refer to this service's resources: each service brings its policy.
    """
    return iam.Policy(scope, "Policy", roles=[role], statements=statements)
