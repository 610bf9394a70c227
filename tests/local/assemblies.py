"""Small assemblies, written as the CDK writes them."""

import json
import sys

RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
ROOT_ID = {"Fn::GetAtt": ["Api", "RootResourceId"]}
INVOKE = ["arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/", "/invocations"]
ALLOW = {
    "Version": "2012-10-17",
    "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}],
}


def uri(function="Function"):
    """An integration's URI."""
    return {"Fn::Join": ["", [INVOKE[0], {"Fn::GetAtt": [function, "Arn"]}, INVOKE[1]]]}


def resource(type_, **properties):
    """A resource of a template."""
    return {"Type": type_, "Properties": properties}


def function(key, handler="app.handler", **properties):
    """A Lambda function with an asset."""
    code = {"S3Bucket": "assets", "S3Key": f"{key}.zip"}
    properties = {"Timeout": 5, "Runtime": RUNTIME, **properties}
    return resource("AWS::Lambda::Function", Code=code, Handler=handler, **properties)


def permission(function_="Function"):
    """API Gateway may call a function."""
    return resource(
        "AWS::Lambda::Permission",
        Action="lambda:InvokeFunction",
        FunctionName={"Fn::GetAtt": [function_, "Arn"]},
        Principal="apigateway.amazonaws.com",
        SourceArn={"Fn::Sub": "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*"},
    )


def method(http_method="GET", resource_id=None, *, authorizer=None, **properties):
    """A method, by default the root's GET with the function behind it."""
    if authorizer is not None:
        properties |= {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": authorizer}}
    return resource(
        "AWS::ApiGateway::Method",
        HttpMethod=http_method,
        ResourceId=resource_id or ROOT_ID,
        RestApiId={"Ref": "Api"},
        **{"Integration": {"Type": "AWS_PROXY", "Uri": uri()}, **properties},
    )


def token_authorizer(function_="Function", **properties):
    """A token authorizer."""
    return resource(
        "AWS::ApiGateway::Authorizer",
        **{
            "Type": "TOKEN",
            "AuthorizerUri": uri(function_),
            "IdentitySource": "method.request.header.Authorization",
            "RestApiId": {"Ref": "Api"},
            **properties,
        },
    )


def stage(**properties):
    """The stage ``dev``."""
    return resource(
        "AWS::ApiGateway::Stage",
        StageName="dev",
        RestApiId={"Ref": "Api"},
        DeploymentId={"Ref": "Deployment"},
        **properties,
    )


def service(**resources):
    """The resources of a service: an API whose root answers GET, and what is given beside."""
    return {
        "Api": resource("AWS::ApiGateway::RestApi", Name="api", BinaryMediaTypes=["*/*"]),
        "Function": function("code"),
        "Permission": permission(),
        "Get": method(),
        "Deployment": resource("AWS::ApiGateway::Deployment", RestApiId={"Ref": "Api"}),
        "Stage": stage(),
        **resources,
    }


def write(
    folder,
    resources,
    sources=None,
    *,
    assets=None,
    stack="Stack",
    services=None,
    warnings=None,
    **template,
):
    """Write an assembly of one stack.

    :param resources: the template's.
    :param sources: the files of the asset ``code``.
    :param assets: further assets, each a dict of files.
    :param services: constructs that are services, to their project folders.
    :param warnings: constructs to what the synth warned of.
    :return: the assembly's folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    every = {"code": sources or {"app.py": "def handler(event, context): pass"}, **(assets or {})}
    files = {}
    for key, content in every.items():
        asset = folder / f"asset.{key}"
        for name, text in content.items():
            path = asset / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode() if isinstance(text, str) else text)
        files[key] = {
            "source": {"path": asset.name, "packaging": "zip"},
            "destinations": {"here": {"bucketName": "assets", "objectKey": f"{key}.zip"}},
        }
    paths = {
        f"/{stack}/{'Service/' if name in ('Api', 'Function') else ''}{name}/Resource": [
            {"type": "aws:cdk:logicalId", "data": name}
        ]
        for name in resources
    }
    for name, project_dir in (services or {}).items():
        data = {"project_dir": str(project_dir)}
        paths[f"/{stack}/{name}"] = [{"type": "coworks:service", "data": data}]
    for name, text in (warnings or {}).items():
        paths.setdefault(f"/{stack}/{name}", []).append({"type": "aws:cdk:warning", "data": text})
    manifest = {
        "version": "55.0.0",
        "artifacts": {
            f"{stack}.assets": {
                "type": "cdk:asset-manifest",
                "properties": {"file": f"{stack}.assets.json"},
            },
            stack: {
                "type": "aws:cloudformation:stack",
                "environment": "aws://unknown-account/unknown-region",
                "properties": {"templateFile": f"{stack}.template.json"},
                "dependencies": [f"{stack}.assets"],
                "displayName": stack,
                "metadata": paths,
            },
        },
    }
    (folder / f"{stack}.assets.json").write_text(json.dumps({"files": files}))
    (folder / f"{stack}.template.json").write_text(json.dumps({"Resources": resources, **template}))
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder
