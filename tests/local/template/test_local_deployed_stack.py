"""What a deployed stack gives in place of resources that are not served here."""

import pytest

from coworks_cdk.local.errors import LocalError, NotEmulated
from coworks_cdk.local.template.assembly import read_assembly, with_deployed
from coworks_cdk.local.template.deployed import DeployedStack
from coworks_cdk.local.template.model import read_model
from tests.local.assemblies import function, resource, service, write

DEPLOYED = DeployedStack(
    name="Stack",
    region="eu-west-1",
    account="111122223333",
    resources={
        "Table": "Stack-Table-ABC",
        "Queue": "https://sqs.eu-west-1.amazonaws.com/111122223333/Stack-Queue-ABC",
        "Topic": "arn:aws:sns:eu-west-1:111122223333:Stack-Topic-ABC",
        "Bucket": "stack-bucket-abc",
        "Machine": "arn:aws:states:eu-west-1:111122223333:stateMachine:M",
        "Function": "Stack-Function-OfAws",
    },
    parameters={"Given": "of the stack"},
    exports={"elsewhere": "exported"},
)
TYPES = {
    "Table": "AWS::DynamoDB::Table",
    "Queue": "AWS::SQS::Queue",
    "Topic": "AWS::SNS::Topic",
    "Bucket": "AWS::S3::Bucket",
    "Machine": "AWS::StepFunctions::StateMachine",
    "New": "AWS::SQS::Queue",
}


def value_of(folder, expression):
    variables = {"VALUE": expression}
    written = write(
        folder / "cdk.out",
        service(
            Function=function("code", Environment={"Variables": variables}),
            **{name: resource(type_) for name, type_ in TYPES.items()},
        ),
        Parameters={"Given": {"Type": "AWS::SSM::Parameter::Value<String>"}},
    )
    model = read_model(with_deployed(read_assembly(written), DEPLOYED, None))
    (found,) = model.functions.values()
    return found.environment["VALUE"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"Ref": "Table"}, "Stack-Table-ABC"),
        (
            {"Fn::GetAtt": ["Table", "Arn"]},
            "arn:aws:dynamodb:eu-west-1:111122223333:table/Stack-Table-ABC",
        ),
        (
            {"Ref": "Queue"},
            "https://sqs.eu-west-1.amazonaws.com/111122223333/Stack-Queue-ABC",
        ),
        (
            {"Fn::GetAtt": ["Queue", "Arn"]},
            "arn:aws:sqs:eu-west-1:111122223333:Stack-Queue-ABC",
        ),
        ({"Fn::GetAtt": ["Queue", "QueueName"]}, "Stack-Queue-ABC"),
        ({"Fn::GetAtt": ["Topic", "TopicName"]}, "Stack-Topic-ABC"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "arn:aws:s3:::stack-bucket-abc"),
        (
            {"Fn::GetAtt": ["Bucket", "RegionalDomainName"]},
            "stack-bucket-abc.s3.eu-west-1.amazonaws.com",
        ),
        (
            {"Fn::GetAtt": ["Machine", "Arn"]},
            "arn:aws:states:eu-west-1:111122223333:stateMachine:M",
        ),
        ({"Fn::GetAtt": ["Machine", "Name"]}, "M"),
        ({"Ref": "Given"}, "of the stack"),
        ({"Fn::ImportValue": "elsewhere"}, "exported"),
        ({"Fn::Sub": "${AWS::Region} ${AWS::AccountId}"}, "eu-west-1 111122223333"),
    ],
)
def test_expressions(tmp_path, expression, expected):
    assert value_of(tmp_path, expression) == expected


def test_what_is_served_here_is_not_taken_from_there(tmp_path):
    assert value_of(tmp_path, {"Ref": "Function"}) != "Stack-Function-OfAws"


@pytest.mark.parametrize(
    ("expression", "error", "why"),
    [
        ({"Ref": "New"}, LocalError, "New is not in the deployed stack Stack; deploy it"),
        ({"Fn::GetAtt": ["Table", "StreamArn"]}, NotEmulated, "of a deployed stack"),
    ],
)
def test_what_there_is_not(tmp_path, expression, error, why):
    with pytest.raises(error, match=why):
        value_of(tmp_path, expression)


def test_the_stack_that_uses_it(tmp_path):
    sources = read_assembly(write(tmp_path / "cdk.out", service(), stack="Other"))
    with pytest.raises(LocalError, match="say with --stack which of Other uses it"):
        with_deployed(sources, DEPLOYED, None)
    (used,) = with_deployed(sources, DEPLOYED, "Other")
    assert (used.deployed, used.region) == (DEPLOYED, "eu-west-1")
    written = write(tmp_path / "more", service(), stack="Other", services={"Service": "tech"})
    (used,) = with_deployed(read_assembly(written), DEPLOYED, None)
    assert used.deployed is DEPLOYED
