"""The resources of services written by hand with plain CDK constructs.

A CDK app for ``benchmarks.bench_synth``: ``ASSETS`` holds the folders that the construct built,
as JSON, so that both synthesize the same code and layers. The services are the quickstart's, or,
where ``STACKS`` names their modules, those of ``benchmarks.synth_many``.
"""

import json
import os

from aws_cdk import App, CfnOutput, Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

QUICKSTART = [
    {
        "Hello": ("hello", {"": ["GET"]}),
        "First": ("first", {"": ["GET", "POST"]}),
        "Complete": (
            "complete",
            {
                "": ["GET", "POST"],
                "admin": ["GET"],
                "admin/openapi": ["GET"],
                "admin/route": ["GET"],
                "profile": ["GET"],
            },
        ),
    }
]
MANY_PATHS = {"": ["GET"], "item": ["POST"], "item/{p1}": ["GET"]}
RESPONSES = {
    "MISSING_AUTHENTICATION_TOKEN": ("404", '{"message":"Not Found"}'),
    "ACCESS_DENIED": ("403", '{"message":"Forbidden"}'),
    "DEFAULT_4XX": (None, '{"message":$context.error.messageString}'),
    "DEFAULT_5XX": (None, '{"message":"Internal Server Error"}'),
}


def service(
    stack: Stack,
    name: str,
    module: str,
    paths: dict[str, list[str]],
    code: lambda_.Code,
    layers: list[lambda_.LayerVersion],
    public: tuple[str, ...] = (),
) -> None:
    log_group = logs.LogGroup(stack, f"{name}Logs", retention=logs.RetentionDays.ONE_MONTH)
    write = iam.PolicyStatement(
        actions=["logs:CreateLogStream", "logs:PutLogEvents"],
        resources=[log_group.log_group_arn],
    )
    trace = iam.PolicyStatement(
        actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources=["*"]
    )
    role = iam.Role(
        stack,
        f"{name}Role",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        inline_policies={"Service": iam.PolicyDocument(statements=[write, trace])},
    )
    function = lambda_.Function(
        stack,
        f"{name}Function",
        code=code,
        handler=f"{module}.app",
        runtime=lambda_.Runtime.PYTHON_3_13,
        architecture=lambda_.Architecture.ARM_64,
        layers=layers,
        role=role,
        log_group=log_group,
        memory_size=512,
        timeout=Duration.seconds(29),
        environment={"CWS_STAGE": "dev"},
    )
    api = apigateway.RestApi(
        stack,
        f"{name}Api",
        endpoint_types=[apigateway.EndpointType.REGIONAL],
        binary_media_types=["*/*"],
        cloud_watch_role=False,
        deploy_options=apigateway.StageOptions(stage_name="dev", tracing_enabled=True),
    )
    integration = apigateway.LambdaIntegration(function, scope_permission_to_method=False)
    authorizer = None
    if name != "Hello":
        authorizer = apigateway.TokenAuthorizer(stack, f"{name}Authorizer", handler=function)
    for path, methods in paths.items():
        resource = api.root.resource_for_path(path) if path else api.root
        for method in methods:
            allowed = None if path in public else authorizer
            resource.add_method(method, integration, authorizer=allowed)
    for type_, (status, body) in RESPONSES.items():
        api.add_gateway_response(
            type_,
            type=apigateway.ResponseType.of(type_),
            status_code=status,
            templates={"application/json": body},
        )
    CfnOutput(stack, f"{name}ApiId", value=api.rest_api_id)


def stacks() -> list[dict[str, tuple[str, dict[str, list[str]]]]]:
    """The services of each stack."""
    if "STACKS" not in os.environ:
        return QUICKSTART
    named = json.loads(os.environ["STACKS"])
    return [{name.title(): (name, MANY_PATHS) for name in names} for names in named]


app = App()
assets = json.loads(os.environ["ASSETS"])
for index, services in enumerate(stacks()):
    stack = Stack(app, f"ByHand{index}")
    layers = [
        lambda_.LayerVersion(stack, f"Layer{number}", code=lambda_.Code.from_asset(folder))
        for number, folder in enumerate(assets["layers"])
    ]
    code = lambda_.Code.from_asset(assets["code"])
    for name, (module, paths) in services.items():
        service(
            stack,
            name,
            module,
            paths,
            code,
            layers if name == "Complete" else layers[:1],
            ("",) if paths is MANY_PATHS else (),
        )
app.synth()
