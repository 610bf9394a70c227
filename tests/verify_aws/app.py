"""The CDK app: what is deployed, in stacks whose names begin with ``VERIFY_NAME``."""

import json
import os
import sys
import tempfile
from pathlib import Path

from aws_cdk import App, CfnOutput, CfnResource, Duration, RemovalPolicy, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3

from coworks_cdk import CoworksMicroService
from tests.parity.stack import HERE, PARITY
from tests.recordings.declared import FUNCTION_ON_AWS, TIMEOUT, api_resources
from tests.verify_aws.chosen import chosen_cases, key_of

RUNTIME = lambda_.Runtime(f"python{sys.version_info.major}.{sys.version_info.minor}")


class Services(Stack):
    """The services of the parity suite."""

    def __init__(self, scope, construct_id, *, short):
        super().__init__(scope, construct_id)
        for name, app, folder in PARITY:
            if short and name != "Hello":
                continue
            service = CoworksMicroService(
                self,
                name,
                app=app,
                project_dir=folder,
                architecture=HERE,
                log_retention=None,
                removal_policy=RemovalPolicy.DESTROY,
            )
            CfnOutput(self, f"Verify{name}", value=service.api.rest_api_id)


class Recorded(Stack):
    """The APIs of the recorded cases, and the function behind all of them."""

    def __init__(self, scope, construct_id, *, short):
        super().__init__(scope, construct_id)
        bucket = s3.Bucket(self, "Bucket", removal_policy=RemovalPolicy.DESTROY)
        CfnOutput(self, "VerifyBucket", value=bucket.bucket_name)
        source = Path(tempfile.mkdtemp(prefix="verify-aws-function-"))
        (source / "app.py").write_text(FUNCTION_ON_AWS)
        function = lambda_.Function(
            self,
            "Function",
            code=lambda_.Code.from_asset(str(source)),
            handler="app.handler",
            runtime=RUNTIME,
            architecture=HERE,
            timeout=Duration.seconds(TIMEOUT),
            environment={"BUCKET": bucket.bucket_name},
        )
        bucket.grant_read_write(function)
        CfnOutput(self, "VerifyFunction", value=function.function_name)
        name = self.get_logical_id(function.node.default_child)
        keys = list(dict.fromkeys(key_of(case) for case in chosen_cases(short=short)))
        for number, key in enumerate(keys):
            api = self._declare(json.loads(key), f"Declared{number}", name)
            CfnOutput(self, f"VerifyDeclared{number}", value=api.ref)

    def _declare(self, api, prefix, function):
        made = {}
        for name, one in api_resources(api, prefix, function).items():
            made[name] = CfnResource(self, name, type=one["Type"], properties=one["Properties"])
        deployment = made[f"{prefix}Deployment"]
        for one in made.values():
            if one.cfn_resource_type.endswith(("::Method", "::GatewayResponse")):
                deployment.add_resource_dependency(one)
        return made[f"{prefix}Api"]


app = App()
NAME, SHORT = os.environ["VERIFY_NAME"], bool(os.environ.get("VERIFY_SHORT"))
Services(app, f"{NAME}-Services", short=SHORT)
Recorded(app, f"{NAME}-Recorded", short=SHORT)
app.synth()
