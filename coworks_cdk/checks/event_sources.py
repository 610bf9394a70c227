"""What sends events to a function, read from a stack's template, and who takes them. Pure.

What reaches a function is told by event source mappings, rules, schedules, pipes, and by the
permissions of the services that call it themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from coworks_cdk.api.references import references
from coworks_cdk.service_description import EventMethod

Template = Mapping[str, Any]
_Read = Callable[[Template, Mapping[str, Any], frozenset[str]], "Iterator[Kind]"]

_RECORDS = {
    "codecommit": "aws:codecommit",
    "docdb": "aws:docdb",
    "dynamodb": "aws:dynamodb",
    "kafka": "aws:kafka",
    "kinesis": "aws:kinesis",
    "s3": "aws:s3",
    "ses": "aws:ses",
    "sns": "aws:sns",
    "sqs": "aws:sqs",
}
"""What the records of a service's events call it, by its name in ARNs and principals."""

_TYPES = {"MSK": "kafka", "DocDB": "docdb"}
"""Where CloudFormation's name of a service is another one than its ARNs'."""

_REQUESTS = frozenset({"apigateway", "cloudfront", "elasticloadbalancing", "vpc-lattice"})
_TOLD_ELSEWHERE = frozenset({"events", "lambda", "pipes", "scheduler"})
_ARN = re.compile(r"arn:[^:]*:([a-z0-9-]+):")


@dataclass(frozen=True)
class Kind:
    """What is known of the events that something sends.

    :param source: what they say of their source; ``None`` where they say nothing.
    :param detail_type: of events of EventBridge; ``None`` where it may be any.
    :param told: whether the template tells it.
    """

    source: str | None = None
    detail_type: str | None = None
    told: bool = True

    def __str__(self) -> str:
        """The kind, as ``@on_event`` is written for it."""
        if self.source is None:
            return "@on_event(when=lambda event: ...)"
        more = "" if self.detail_type is None else f', detail_type="{self.detail_type}"'
        return f'@on_event("{self.source}"{more})'

    def is_taken(self, methods: Iterable[EventMethod]) -> bool:
        """Whether some method takes such events, or might."""
        return any(
            not self.told
            or method.source is None
            or (
                method.source == self.source
                and (None in (method.detail_type, self.detail_type) or self._is_of(method))
            )
            for method in methods
        )

    def _is_of(self, method: EventMethod) -> bool:
        return method.detail_type == self.detail_type


_UNTOLD = Kind(told=False)


def untaken(
    template: Template, function: str, methods: Iterable[EventMethod]
) -> list[tuple[str, Kind]]:
    """What sends a function events that no method takes: its place, and what it sends.

    :param function: the logical id of the function.
    """
    known = tuple(methods)
    resources = template.get("Resources", {})
    called = _called(resources, function)
    found = []
    for name, resource in resources.items():
        read = _READERS.get(resource["Type"])
        if read is not None:
            place = resource.get("Metadata", {}).get("aws:cdk:path", name)
            kinds = read(template, resource.get("Properties", {}), called)
            found += [(place, kind) for kind in kinds if not kind.is_taken(known)]
    return found


def _called(resources: Mapping[str, Any], function: str) -> frozenset[str]:
    """The function, its versions and its aliases."""
    names = {function}
    for name, resource in resources.items():
        if resource["Type"] in {"AWS::Lambda::Alias", "AWS::Lambda::Version"}:
            of = resource.get("Properties", {}).get("FunctionName")
            names |= {name} if function in references(of) else set()
    return frozenset(names)


def _mapping(
    template: Template, properties: Mapping[str, Any], called: frozenset[str]
) -> Iterator[Kind]:
    if called.isdisjoint(references(properties.get("FunctionName"))):
        return
    if "SelfManagedEventSource" in properties:
        yield Kind("SelfManagedKafka")
    else:
        yield _polled(template, properties.get("EventSourceArn"))


def _polled(template: Template, arn: Any) -> Kind:
    """What is read from the resource of an ARN."""
    for name in references(arn):
        type_ = template.get("Resources", {}).get(name, {}).get("Type", "::")
        service = type_.split("::")[1]
        if service:
            return _of_service(_TYPES.get(service, service.lower()))
    match = _ARN.match(_text(arn))
    return _of_service(match[1]) if match else _UNTOLD


def _of_service(service: str) -> Kind:
    source = _RECORDS.get(service)
    return _UNTOLD if source is None else Kind(source)


def _permission(
    _template: Template, properties: Mapping[str, Any], called: frozenset[str]
) -> Iterator[Kind]:
    if called.isdisjoint(references(properties.get("FunctionName"))):
        return
    service, _, domain = _text(properties.get("Principal")).partition(".")
    if (
        properties.get("Action") in {"lambda:InvokeFunction", "lambda:*"}
        and domain.endswith("amazonaws.com")
        and service not in _REQUESTS | _TOLD_ELSEWHERE
    ):
        yield Kind(_RECORDS.get(service))


def _rule(
    _template: Template, properties: Mapping[str, Any], called: frozenset[str]
) -> Iterator[Kind]:
    for target in properties.get("Targets", []):
        if called.isdisjoint(references(target.get("Arn"))):
            continue
        if {"Input", "InputPath", "InputTransformer"} & set(target):
            yield _UNTOLD
            continue
        if "ScheduleExpression" in properties:
            yield Kind("aws.events", "Scheduled Event")
        if "EventPattern" in properties:
            yield from _matched(properties["EventPattern"])


def _matched(pattern: Any) -> Iterator[Kind]:
    """What a rule's pattern lets through."""
    sources = pattern.get("source") if isinstance(pattern, Mapping) else None
    types = pattern.get("detail-type", [None]) if isinstance(pattern, Mapping) else [None]
    for source in sources if isinstance(sources, list) else [None]:
        for detail_type in types if isinstance(types, list) else [None]:
            told = isinstance(source, str) and isinstance(detail_type, str | None)
            yield Kind(source, detail_type) if told else _UNTOLD


def _schedule(
    _template: Template, properties: Mapping[str, Any], called: frozenset[str]
) -> Iterator[Kind]:
    target = properties.get("Target", {})
    if not called.isdisjoint(references(target.get("Arn"))):
        yield _UNTOLD if "Input" in target else Kind("aws.scheduler", "Scheduled Event")


def _pipe(
    template: Template, properties: Mapping[str, Any], called: frozenset[str]
) -> Iterator[Kind]:
    if not called.isdisjoint(references(properties.get("Target"))):
        shaped = "Enrichment" in properties or "InputTemplate" in properties.get(
            "TargetParameters", {}
        )
        yield _UNTOLD if shaped else _polled(template, properties.get("Source"))


_READERS: Mapping[str, _Read] = {
    "AWS::Events::Rule": _rule,
    "AWS::Lambda::EventSourceMapping": _mapping,
    "AWS::Lambda::Permission": _permission,
    "AWS::Pipes::Pipe": _pipe,
    "AWS::Scheduler::Schedule": _schedule,
}


def _text(value: Any) -> str:
    """A text with the parts that only a deployment knows left out."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return str(separator).join(_text(part) for part in parts)
    return ""
