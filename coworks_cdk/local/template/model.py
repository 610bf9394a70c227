"""Pure: stacks as they were synthesized → the records that are served."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from coworks_cdk.local.errors import LocalError, NotEmulated
from coworks_cdk.local.template.assembly import StackSource
from coworks_cdk.local.template.functions import read_functions
from coworks_cdk.local.template.intrinsics import Resolver, resolvers
from coworks_cdk.local.template.permissions import read_permissions
from coworks_cdk.local.template.records import Api, Function, Lambda, Model, Secret
from coworks_cdk.local.template.rest_api import read_api

_NOT_SERVED = {
    "AWS::ApiGatewayV2::Api": "HTTP and WebSocket APIs",
    "AWS::CloudFormation::Stack": "nested stacks",
    "AWS::Lambda::Url": "function URLs",
    "AWS::Lambda::EventSourceMapping": "event sources",
    "AWS::Events::Rule": "event rules",
    "AWS::ApiGateway::DomainName": "custom domains",
}

_MET_HERE = frozenset({"coworks:no-token"})
"""The synth's warnings, by what acknowledges them, that are told when a service is served."""


@dataclass(frozen=True)
class _Candidate:
    """A REST API that may be served."""

    resolver: Resolver
    logical_id: str
    service: str

    @property
    def stack(self) -> str:
        return self.resolver.source.name

    def is_called(self, name: str) -> bool:
        last = self.service.rpartition("/")[2]
        return name in {self.service, last, f"{self.stack}/{self.service}"}


def read_model(
    sources: Sequence[StackSource], wanted: Sequence[str] = (), stack: str | None = None
) -> Model:
    """Read what is to be served out of an assembly's stacks.

    :param wanted: construct ids, as ``Hello`` or ``Nested/Hello``; all services without any.
    :param stack: one stack's services only.
    :raises NotEmulated: for whatever would be answered otherwise when deployed.
    :raises LocalError: where the template can't work, a name is unknown, or nothing is left.
    """
    all_resolvers = resolvers(sources)
    functions = read_functions(all_resolvers)
    permissions = tuple(p for resolver in all_resolvers for p in read_permissions(resolver))
    apis = tuple(
        read_api(candidate.resolver, candidate.logical_id, candidate.service, permissions)
        for candidate in _chosen(all_resolvers, wanted, stack)
    )
    used = used_functions(apis)
    for arn in used:
        if arn not in functions:
            raise NotEmulated(f"the function {arn}", "RestApi", "use a function of the assembly")
    return Model(
        apis=apis,
        functions={arn: functions[arn] for arn in used},
        secrets=_secrets(all_resolvers, [functions[arn] for arn in used]),
        notes=(
            *_notes(all_resolvers),
            *_stand_ins(apis),
            *_warnings(all_resolvers, apis),
            *_untraced(functions[arn] for arn in used),
        ),
    )


def _chosen(
    all_resolvers: Sequence[Resolver], wanted: Sequence[str], stack: str | None
) -> list[_Candidate]:
    every = [
        _Candidate(resolver, logical_id, _service(resolver, logical_id))
        for resolver in all_resolvers
        for logical_id, type_ in _resources(resolver)
        if type_ == "AWS::ApiGateway::RestApi"
    ]
    candidates = [candidate for candidate in every if stack in {None, candidate.stack}]
    if not candidates:
        stacks = ", ".join(sorted({candidate.stack for candidate in every})) or "none"
        raise LocalError(
            f"no REST API in {'the assembly' if stack is None else f'the stack {stack!r}'} "
            f"(stacks with one: {stacks})"
        )
    for name in wanted:
        if not any(candidate.is_called(name) for candidate in candidates):
            known = ", ".join(candidate.service for candidate in candidates)
            raise LocalError(f"no service {name!r} in the assembly (services: {known})")
    if not wanted:
        return candidates
    return [c for c in candidates if any(c.is_called(name) for name in wanted)]


def _secrets(all_resolvers: Sequence[Resolver], used: Sequence[Function]) -> tuple[Secret, ...]:
    """The secrets whose ARNs the functions' environments hold."""
    declared = {
        resolver.text({"Ref": logical_id}, logical_id): _construct(resolver, logical_id)
        for resolver in all_resolvers
        for logical_id, type_ in _resources(resolver)
        if type_ == "AWS::SecretsManager::Secret"
    }
    found: dict[str, Secret] = {}
    for value in (value for function in used for value in function.environment.values()):
        if value.startswith("arn:aws:secretsmanager:"):
            found[value] = Secret(value, declared.get(value, value.split(":secret:", 1)[-1]))
    return tuple(found.values())


def _notes(all_resolvers: Sequence[Resolver]) -> Iterator[str]:
    for resolver in all_resolvers:
        for logical_id, type_ in _resources(resolver):
            if type_ in _NOT_SERVED:
                where = f"{resolver.source.name}/{_construct(resolver, logical_id)}"
                yield f"{where}: {_NOT_SERVED[type_]} are not served here"


def _stand_ins(apis: Sequence[Api]) -> Iterator[str]:
    """What is let in here though AWS would look closer."""
    for api in apis:
        kinds = {route.authorizer.kind for route in api.routes if route.authorizer is not None}
        if api.private:
            yield f"{api.service}: the API is private; callers here count as within its VPC endpoints"
        if "IAM" in kinds:
            yield f"{api.service}: callers sign with any key; signatures are not checked here"
        if "COGNITO" in kinds:
            yield f"{api.service}: tokens of any user pool count; signatures are not checked here"


def _warnings(all_resolvers: Sequence[Resolver], apis: Sequence[Api]) -> Iterator[str]:
    """What the synth warned of that a caller here meets too."""
    served = {(api.stack, api.service) for api in apis}
    for resolver in all_resolvers:
        for path, text in resolver.source.warnings:
            warning, _, name = text.removesuffix("]").partition(" [ack: ")
            if name in _MET_HERE and (resolver.source.name, path) in served:
                yield f"{path}: {warning}"


def _untraced(used: Iterable[Function]) -> Iterator[str]:
    for function in used:
        if function.untraced:
            yield f"{function.construct}: the layer of OpenTelemetry is in AWS; nothing is traced here"


def used_functions(apis: Sequence[Api]) -> tuple[str, ...]:
    """Give the ARNs of the functions that APIs call."""
    used: dict[str, None] = {}
    for api in apis:
        for route in api.routes:
            if isinstance(route.integration, Lambda):
                used[route.integration.function] = None
            if route.authorizer is not None and route.authorizer.function is not None:
                used[route.authorizer.function] = None
    return tuple(used)


def _resources(resolver: Resolver) -> Iterator[tuple[str, str]]:
    for logical_id, resource in resolver.source.template.get("Resources", {}).items():
        yield logical_id, resource["Type"]


def _construct(resolver: Resolver, logical_id: str) -> str:
    path = resolver.source.paths.get(logical_id, logical_id)
    return path.removesuffix("/Resource")


def _service(resolver: Resolver, logical_id: str) -> str:
    """The construct that declared the API: ``Hello`` for ``Hello/Api``."""
    construct = _construct(resolver, logical_id)
    return construct.rpartition("/")[0] or construct
