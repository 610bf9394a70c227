"""Other authorizers than TOKEN, served."""

import json

import pytest

from tests.local.assemblies import (
    ALLOW,
    function,
    method,
    permission,
    resource,
    service,
    token_authorizer,
)
from tests.local.gateway.test_local_callers import SIGNED, jwt

SOURCES = f"""
import json

def handler(event, context):
    context = event["requestContext"]
    answer = {{"authorizer": context.get("authorizer"), "user": context["identity"]["userArn"]}}
    return {{"statusCode": 200, "body": json.dumps(answer)}}

def authorize(event, context):
    print("asked", flush=True)
    allowed = {ALLOW!r} if event["headers"]["X-Key"] == "good" else {{
        "Statement": [{{"Action": "*", "Effect": "Deny", "Resource": "*"}}]}}
    seen = {{"keys": " ".join(sorted(event)), "arn": event["methodArn"]}}
    return {{"principalId": "p", "policyDocument": allowed, "context": seen}}
"""


def request_authorizer(sources, **properties):
    return service(
        Get=method(authorizer="Authorizer"),
        Guard=function("code", "app.authorize"),
        GuardPermission=permission("Guard"),
        Authorizer=token_authorizer("Guard", Type="REQUEST", IdentitySource=sources, **properties),
    )


def test_a_request_authorizer(serve):
    sources = "method.request.header.X-Key, method.request.querystring.q,context.stage"
    served = serve(SOURCES, request_authorizer(sources))
    assert served.json(headers={"X-Key": "good"}) == (401, {"message": "Unauthorized"})
    assert served.json(path="/dev/?q=1")[0] == 401
    assert not served.session.pids
    for _ in range(2):
        status, answer = served.json(path="/dev/?q=1", headers={"X-Key": "good"})
        assert status == 200
    authorizer = answer["authorizer"]
    assert authorizer["principalId"] == "p"
    assert authorizer["arn"].endswith("/dev/GET/")
    assert authorizer["keys"] == (
        "headers httpMethod methodArn multiValueHeaders multiValueQueryStringParameters path "
        "pathParameters queryStringParameters requestContext resource stageVariables type"
    )
    assert served.logged("asked", 1)
    assert served.ask(path="/dev/?q=2", headers={"X-Key": "good"})[0] == 200
    assert served.logged("asked", 2)
    assert served.ask(path="/dev/?q=1", headers={"X-Key": "bad"})[0] == 403


def test_a_request_authorizer_without_sources_is_asked_each_time(serve):
    served = serve(SOURCES, request_authorizer("", AuthorizerResultTtlInSeconds=0))
    for _ in range(2):
        assert served.ask(headers={"X-Key": "good"})[0] == 200
    assert served.logged("asked", 2)


def test_a_signed_caller(serve):
    served = serve(SOURCES, service(Get=method(AuthorizationType="AWS_IAM")))
    assert served.json() == (403, {"message": "Missing Authentication Token"})
    status, answer = served.json(headers={"Authorization": SIGNED.format("execute-api")})
    assert status == 200
    assert answer["authorizer"] is None
    assert answer["user"] == "arn:aws:iam::123456789012:user/AKIDEXAMPLE"
    assert any("sign with any key" in note for note in served.session.notes)


def test_a_user_pools_token(serve):
    pool = token_authorizer(Type="COGNITO_USER_POOLS", ProviderARNs=["arn"])
    del pool["Properties"]["AuthorizerUri"]
    served = serve(
        SOURCES,
        service(
            Get=method(AuthorizationType="COGNITO_USER_POOLS", AuthorizerId={"Ref": "Authorizer"}),
            Authorizer=pool,
        ),
    )
    assert served.json() == (401, {"message": "Unauthorized"})
    status, answer = served.json(headers={"Authorization": jwt(sub="me")})
    assert (status, answer["authorizer"]) == (200, {"claims": {"sub": "me"}})
    assert any("tokens of any user pool" in note for note in served.session.notes)


@pytest.mark.parametrize("kind", ["alias", "version"])
def test_an_alias_or_a_version_behind_the_api(serve, kind):
    served = serve(
        """
import json, os
def handler(event, context):
    answer = [os.environ["AWS_LAMBDA_FUNCTION_VERSION"], context.invoked_function_arn,
              os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]]
    return {"statusCode": 200, "body": json.dumps(answer)}
""",
        with_alias(kind),
    )
    status, (version, arn, initialization) = served.json()
    assert (status, version, initialization) == (200, "1", "on-demand")
    assert arn.endswith(":live" if kind == "alias" else ":1")


def with_alias(kind="alias", permitted=True, **properties):
    logical_id = kind.capitalize()
    prefix = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    uri = {"Fn::Join": ["", [prefix, {"Ref": logical_id}, "/invocations"]]}
    allowed = permission()
    if permitted:
        allowed["Properties"]["FunctionName"] = {"Ref": logical_id}
    return service(
        Function=function("code", **properties),
        Version={
            "Type": "AWS::Lambda::Version",
            "Properties": {"FunctionName": {"Ref": "Function"}},
        },
        Alias={
            "Type": "AWS::Lambda::Alias",
            "Properties": {
                "Name": "live",
                "FunctionName": {"Ref": "Function"},
                "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]},
            },
        },
        Get=method(Integration={"Type": "AWS_PROXY", "Uri": uri}),
        Permission=allowed,
    )


def test_a_permission_of_the_function_is_none_of_its_alias(serve):
    from coworks_cdk.local.errors import LocalError

    with pytest.raises(LocalError, match=r"no AWS::Lambda::Permission lets / .*:live|function .*:"):
        serve("", with_alias(permitted=False))


SNAPPED = """
import json, os
from snapshot_restore_py import register_after_restore, register_before_snapshot

seen = [os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]]
register_before_snapshot(seen.append, "before")
register_after_restore(seen.append, "after")

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(seen)}
"""


def test_snap_start_runs_the_hooks(serve):
    served = serve(SNAPPED, with_alias(SnapStart={"ApplyOn": "PublishedVersions"}))
    assert served.json() == (200, ["snap-start", "before", "after"])


def test_a_restore_that_fails(serve):
    sources = SNAPPED + "register_after_restore(lambda: 1 / 0)\n"
    served = serve(sources, with_alias(SnapStart={"ApplyOn": "PublishedVersions"}))
    assert served.ask()[0] == 502
    assert served.logged("ZeroDivisionError")
    assert json.loads(served.ask()[2]) == {"message": "Internal server error"}


def test_a_private_api_is_served_with_a_note(serve):
    api = resource(
        "AWS::ApiGateway::RestApi",
        Name="api",
        EndpointConfiguration={"Types": ["PRIVATE"], "VpcEndpointIds": ["vpce-1"]},
        Policy={"Statement": []},
    )
    served = serve("def handler(event, context): return {}", service(Api=api))
    assert served.ask()[0] == 200
    assert any("the API is private" in note for note in served.session.notes)
