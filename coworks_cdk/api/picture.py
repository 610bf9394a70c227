"""What a deployment of an API is a picture of, read from a stack's template. Pure.

API Gateway serves what its resources, methods, authorizers, ... were when the deployment was
made: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html. So a
picture holds all that belongs to the API, and what identifies the resources that it names: a
function that is replaced has another ARN under the same logical id.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Template = Mapping[str, Any]

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
_IDENTITY = {
    "AWS::IAM::Role": ("Path", "RoleName"),
    "AWS::Lambda::Alias": ("FunctionName", "Name"),
    "AWS::Lambda::Function": ("FunctionName", "PackageType"),
    "AWS::S3::Bucket": ("BucketName",),
    "AWS::SNS::Topic": ("FifoTopic", "TopicName"),
    "AWS::SQS::Queue": ("FifoQueue", "QueueName"),
    "AWS::DynamoDB::Table": ("TableName",),
    "AWS::Events::EventBus": ("Name",),
    "AWS::Kinesis::Stream": ("Name",),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", "StateMachineType"),
    f"{_GATEWAY}VpcLink": ("TargetArns",),
}

_SUBSTITUTED = re.compile(r"\$\{([A-Za-z0-9]+)[.}]")


@dataclass(frozen=True)
class Api:
    """An API in a template.

    :param members: the resources that a deployment of it holds, itself included, by logical id.
    """

    template: Template
    members: Mapping[str, Mapping[str, Any]]

    def fingerprint(self, salts: Iterable[object] = ()) -> str:
        """What a deployment would hold, as a hash.

        :param salts: what else is to give a new deployment when it changes.
        """
        picture = {
            name: _told(resource, _REMARKS_OF_TYPE.get(resource["Type"], _REMARKS))
            for name, resource in self.members.items()
        }
        state = {
            "members": picture,
            "named": _named(self.template, picture),
            "salts": sorted(_text(salt) for salt in salts),
        }
        return hashlib.sha256(_text(state).encode()).hexdigest()[:16]

    @property
    def beside(self) -> dict[str, str]:
        """The types of what is declared of the API and isn't the API itself, by logical id."""
        return {
            name: resource["Type"]
            for name, resource in self.members.items()
            if resource["Type"] != f"{_GATEWAY}RestApi"
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
        return set(self.members) - awaited


def apis(template: Template) -> dict[str, Api]:
    """The APIs of a template, by logical id."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for name, resource in template.get("Resources", {}).items():
        kind = resource["Type"]
        if kind == f"{_GATEWAY}RestApi":
            found.setdefault(name, {})[name] = resource
        elif kind.startswith(_GATEWAY) and kind not in _OUTSIDE:
            for api in references(resource.get("Properties", {}).get("RestApiId")):
                found.setdefault(api, {})[name] = resource
    return {api: Api(template, members) for api, members in found.items()}


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
        "Conditions": (_conditions, None),
        "Mappings": (_mappings, None),
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
    replacing = _IDENTITY.get(resource["Type"], ())
    return {"Type": resource["Type"], **{k: properties[k] for k in replacing if k in properties}}


def needs(resource: Mapping[str, Any]) -> Iterator[str]:
    """The logical ids of what CloudFormation makes before a resource."""
    names = resource.get("DependsOn", [])
    yield from [names] if isinstance(names, str) else names
    yield from references(resource.get("Properties", {}))


def dependents(template: Template) -> dict[str, set[str]]:
    """The resources that need a resource, by its logical id."""
    found: dict[str, set[str]] = {}
    for name, resource in template.get("Resources", {}).items():
        for needed in needs(resource):
            found.setdefault(needed, set()).add(name)
    return found


def references(value: Any) -> Iterator[str]:
    """The logical ids that a value is made of."""
    for function, argument in _calls(value):
        if function == "Ref":
            yield argument
        elif function == "Fn::GetAtt":
            yield argument.partition(".")[0]
        elif function == "Fn::Sub":
            yield from _SUBSTITUTED.findall(argument)


def _conditions(value: Any) -> Iterator[str]:
    for function, argument in _calls(value):
        if function in {"Fn::If", "Condition", "If"}:
            yield argument


def _mappings(value: Any) -> Iterator[str]:
    for function, argument in _calls(value):
        if function == "Fn::FindInMap":
            yield argument


def _calls(value: Any) -> Iterator[tuple[str, str]]:
    """CloudFormation's functions in a value, and other keys, each with its first argument."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            first = inner[0] if isinstance(inner, list) and inner else inner
            if isinstance(first, str):
                yield key, first
            yield from _calls(inner)
    elif isinstance(value, list):
        for item in value:
            yield from _calls(item)


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
