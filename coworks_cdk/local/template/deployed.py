"""Pure: the resources of a deployed stack, which functions here may use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from coworks_cdk.local.errors import LocalError, NotEmulated

_SERVED = ("AWS::ApiGateway::", "AWS::Lambda::")
"""What is served here, and never taken from the deployed stack."""

_Attribute = Callable[["DeployedStack", str], str]


@dataclass(frozen=True)
class DeployedStack:
    """A stack as CloudFormation tells it."""

    name: str
    region: str
    account: str
    resources: Mapping[str, str]
    """Logical ids to physical ones."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """The values of the template's parameters, those of Systems Manager looked up."""
    exports: Mapping[str, str] = field(default_factory=dict)
    """What the stacks of the account and region export."""
    stages: tuple[str, ...] = ()
    """The stages of its services."""

    def serves(self, type_: str) -> bool:
        """Tell whether resources of a type are taken from the deployed stack."""
        return not type_.startswith(_SERVED)

    def reference(self, logical_id: str, where: str) -> str:
        """Give what ``Ref`` of a resource is there.

        :raises LocalError: where the stack has no such resource.
        """
        if logical_id not in self.resources:
            raise LocalError(
                f"{where}: {logical_id} is not in the deployed stack {self.name}; deploy it, or "
                "take another stack"
            )
        return self.resources[logical_id]

    def attribute(self, logical_id: str, type_: str, attribute: str, where: str) -> str:
        """Give what ``Fn::GetAtt`` of a resource is there.

        CloudFormation tells physical ids only, so that the attributes are made of them.

        :raises NotEmulated: for one that can't be made.
        """
        physical = self.reference(logical_id, where)
        make = _ATTRIBUTES.get((type_, attribute))
        if make is not None:
            return make(self, physical)
        if attribute.endswith("Arn") and physical.startswith("arn:"):
            return physical
        raise NotEmulated(
            f"Fn::GetAtt of {attribute} of {logical_id} ({type_}) of a deployed stack",
            where,
            "use its Ref",
        )

    def arn(self, service: str, resource: str) -> str:
        """Give an ARN of the stack's region and account."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


def _arn(service: str, prefix: str = "") -> _Attribute:
    return lambda stack, physical: stack.arn(service, prefix + physical)


def _last(stack: DeployedStack, physical: str) -> str:
    del stack
    return physical.replace("/", ":").rpartition(":")[2]


_ATTRIBUTES: Mapping[tuple[str, str], _Attribute] = {
    ("AWS::DynamoDB::Table", "Arn"): _arn("dynamodb", "table/"),
    ("AWS::DynamoDB::GlobalTable", "Arn"): _arn("dynamodb", "table/"),
    ("AWS::S3::Bucket", "Arn"): lambda _, name: f"arn:aws:s3:::{name}",
    ("AWS::S3::Bucket", "DomainName"): lambda _, name: f"{name}.s3.amazonaws.com",
    ("AWS::S3::Bucket", "RegionalDomainName"): (
        lambda stack, name: f"{name}.s3.{stack.region}.amazonaws.com"
    ),
    ("AWS::SQS::Queue", "Arn"): lambda stack, url: stack.arn("sqs", _last(stack, url)),
    ("AWS::SQS::Queue", "QueueName"): _last,
    ("AWS::SQS::Queue", "QueueUrl"): lambda _, url: url,
    ("AWS::SNS::Topic", "TopicArn"): lambda _, arn: arn,
    ("AWS::SNS::Topic", "TopicName"): _last,
    ("AWS::Kinesis::Stream", "Arn"): _arn("kinesis", "stream/"),
    ("AWS::Events::EventBus", "Arn"): _arn("events", "event-bus/"),
    ("AWS::Events::EventBus", "Name"): lambda _, name: name,
    ("AWS::KMS::Key", "Arn"): _arn("kms", "key/"),
    ("AWS::Logs::LogGroup", "Arn"): lambda stack, name: stack.arn("logs", f"log-group:{name}:*"),
    ("AWS::StepFunctions::StateMachine", "Name"): _last,
    ("AWS::Cognito::UserPool", "Arn"): _arn("cognito-idp", "userpool/"),
    ("AWS::IAM::Role", "Arn"): lambda stack, name: f"arn:aws:iam::{stack.account}:role/{name}",
}
