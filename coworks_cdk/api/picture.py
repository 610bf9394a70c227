"""What a deployment of an API is a picture of, read from a stack's template. Pure.

API Gateway serves what its resources, methods, authorizers, ... were when the deployment was
made: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html. So a
picture holds all that belongs to the API, and what identifies the resources that it names: a
function that is replaced has another ARN under the same logical id.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from coworks_cdk.api.references import (
    Template,
    conditions,
    dependents,
    made_after,
    mappings,
    needs,
    references,
)

_GATEWAY = "AWS::ApiGateway::"

#: Types that name an API, and that a deployment holds nothing of.
_OUTSIDE = frozenset(
    _GATEWAY + name
    for name in (
        "BasePathMapping",
        "BasePathMappingV2",
        "Deployment",
        "DocumentationPart",
        "DocumentationVersion",
        "Stage",
        "UsagePlan",
    )
)

#: What is told of any resource, and changes nothing that it does.
_REMARKS = frozenset({"Description", "Tags"})

#: Likewise, of some types. Of the others a name is what they are found by, or replaces them.
_REMARKS_OF_TYPE = {
    f"{_GATEWAY}RestApi": _REMARKS | {"Name"},
    f"{_GATEWAY}Authorizer": _REMARKS | {"Name"},
}

#: Lists whose order means nothing.
_SETS = frozenset(
    {
        "Action",
        "AuthorizationScopes",
        "BinaryMediaTypes",
        "IntegrationResponses",
        "MethodResponses",
        "ProviderARNs",
        "Resource",
        "Statement",
        "Types",
        "VpcEndpointIds",
    }
)

#: Properties that CloudFormation replaces a resource for, of what an API's integrations,
#: authorizers and roles name.
IDENTITY = {
    "AWS::ApiGatewayV2::VpcLink": ("SecurityGroupIds", "SubnetIds"),
    "AWS::DynamoDB::Table": ("ImportSourceSpecification", "KeySchema", "TableName"),
    "AWS::EC2::VPCEndpoint": ("ServiceName", "ServiceRegion", "VpcEndpointType", "VpcId"),
    "AWS::ElasticLoadBalancingV2::Listener": ("LoadBalancerArn",),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("Name", "Scheme", "Type"),
    "AWS::Events::EventBus": ("Name",),
    "AWS::IAM::Role": ("Path", "RoleName"),
    "AWS::Kinesis::Stream": ("Name",),
    "AWS::KinesisFirehose::DeliveryStream": ("DeliveryStreamName", "DeliveryStreamType"),
    "AWS::Lambda::Alias": ("FunctionName", "Name"),
    "AWS::Lambda::Function": ("FunctionName", "PackageType", "TenancyConfig"),
    "AWS::Lambda::Version": ("CodeSha256", "Description", "FunctionName"),
    "AWS::S3::Bucket": ("BucketName", "BucketNamePrefix", "BucketNamespace"),
    "AWS::SNS::Topic": ("FifoTopic", "TopicName"),
    "AWS::SQS::Queue": ("FifoQueue", "QueueName"),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", "StateMachineType"),
    f"{_GATEWAY}VpcLink": ("TargetArns",),
}


@dataclass(frozen=True)
class Api:
    """An API in a template.

    :param members: the resources that a deployment of it holds, itself included, by logical id.
    :param inner: those in nested stacks, by the nested stack's logical id.
    """

    template: Template
    members: Mapping[str, Mapping[str, Any]]
    inner: Mapping[str, Api] = field(default_factory=dict)

    def fingerprint(self, salts: Iterable[object] = ()) -> str:
        """What a deployment would hold, as a hash.

        :param salts: what else is to give a new deployment when it changes.
        """
        state = {**self._state(), "salts": sorted(_text(salt) for salt in salts)}
        if self.inner:
            state["inner"] = {name: nested._state() for name, nested in self.inner.items()}  # noqa: SLF001
        return hashlib.sha256(_text(state).encode()).hexdigest()[:16]

    def _state(self) -> dict[str, Any]:
        picture = {
            name: _told(resource, _REMARKS_OF_TYPE.get(resource["Type"], _REMARKS))
            for name, resource in self.members.items()
        }
        return {"members": picture, "named": _named(self.template, picture)}

    @property
    def beside(self) -> dict[str, str]:
        """The types of what is declared of the API and isn't the API itself, by logical id."""
        return {
            name: resource["Type"]
            for name, resource in self.members.items()
            if resource["Type"] != f"{_GATEWAY}RestApi"
        } | {
            f"{stack}.{name}": resource["Type"]
            for stack, nested in self.inner.items()
            for name, resource in nested.members.items()
        }

    def unawaited(self, deployment: str) -> set[str]:
        """The members that CloudFormation may make after the deployment.

        :param deployment: the deployment's logical id in this template.
        """
        resources = self.template.get("Resources", {})
        awaited: set[str] = set()
        left = [deployment]
        while left:
            name = left.pop()
            if name not in awaited and name in resources:
                awaited.add(name)
                left += needs(resources[name])
        late = set(self.members) - awaited
        # A nested stack may be given what is made after the deployment as well.
        return late | (
            set(self.inner) - awaited - made_after(deployment, dependents(self.template))
        )


def apis(template: Template, nested: Mapping[str, Template] | None = None) -> dict[str, Api]:
    """The APIs of a template, by logical id.

    :param nested: the templates of its nested stacks, by their logical ids: those that are given
        an API.
    """
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for name, resource in template.get("Resources", {}).items():
        kind = resource["Type"]
        if kind == f"{_GATEWAY}RestApi":
            found.setdefault(name, {})[name] = resource
        elif kind.startswith(_GATEWAY) and kind not in _OUTSIDE:
            for api in references(resource.get("Properties", {}).get("RestApiId")):
                found.setdefault(api, {})[name] = resource
    inner: dict[str, dict[str, Api]] = {}
    for name, inside in (nested or {}).items():
        within = apis(inside)
        for parameter, value in _parameters(template["Resources"][name]).items():
            for api in references(value):
                if api in found and parameter in within:
                    inner.setdefault(api, {})[name] = within[parameter]
    return {api: Api(template, members, inner.get(api, {})) for api, members in found.items()}


def given_an_api(template: Template) -> set[str]:
    """The nested stacks of a template that are given an API, by logical id."""
    declared = template.get("Resources", {})
    return {
        name
        for name, resource in declared.items()
        for value in _parameters(resource).values()
        for named in references(value)
        if named in declared and declared[named]["Type"] == f"{_GATEWAY}RestApi"
    }


def _parameters(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    if resource["Type"] != "AWS::CloudFormation::Stack":
        return {}
    parameters: Mapping[str, Any] = resource.get("Properties", {}).get("Parameters", {})
    return parameters


def _told(resource: Mapping[str, Any], remarks: frozenset[str]) -> dict[str, Any]:
    """A resource without remarks, its order of declaration and what concerns the stack."""
    properties = resource.get("Properties", {})
    kept = {key: _ordered(key, value) for key, value in properties.items() if key not in remarks}
    body = kept.get("Body")
    if isinstance(body, dict):
        kept["Body"] = {key: value for key, value in body.items() if key != "info"}
    return {"Type": resource["Type"], "If": resource.get("Condition"), "Properties": kept}


def _ordered(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _ordered(name, inner) for name, inner in value.items()}
    if isinstance(value, list):
        items = [_ordered("", item) for item in value]
        return sorted(items, key=_text) if key in _SETS else items
    return value


def _named(template: Template, value: Any) -> dict[str, Any]:
    """What the names in a value stand for: the identity of resources, conditions, mappings."""
    sections = {
        "Resources": (references, _identity),
        "Conditions": (conditions, None),
        "Mappings": (mappings, None),
    }
    found: dict[str, Any] = {}
    left = [value]
    while left:
        looked_at = left.pop()
        for section, (names, told) in sections.items():
            declared = template.get(section, {})
            for name in set(names(looked_at)) & set(declared):
                key = f"{section}.{name}"
                if key not in found:
                    found[key] = declared[name] if told is None else told(declared[name])
                    left.append(found[key])
    return found


def _identity(resource: Mapping[str, Any]) -> dict[str, Any]:
    properties = resource.get("Properties", {})
    replacing = IDENTITY.get(resource["Type"], ())
    told = {"Type": resource["Type"], **{k: properties[k] for k in replacing if k in properties}}
    # A function can't become durable, nor cease to be, and stay.
    return told | {k: True for k in ("DurableConfig",) if k in properties}


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
