"""Pure: the Lambda functions of the stacks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from coworks_cdk.local.errors import LocalError, NotEmulated
from coworks_cdk.local.template.intrinsics import VERSION, Resolver
from coworks_cdk.local.template.records import Function

_WRAPPERS = ("AWS_LAMBDA_EXEC_WRAPPER", "CWS_EXEC_WRAPPER")
# What AWS's layers of OpenTelemetry, which are in AWS, start a function with.
_OTEL_WRAPPER = "/opt/otel-instrument"
_OTEL_LAYER = re.compile("otel|opentelemetry|adot", re.IGNORECASE)


def read_functions(resolvers: Sequence[Resolver]) -> dict[str, Function]:
    """Give every function whose code is a Python asset, by ARN.

    Functions without one (the CDK's own helpers, other languages) are left out: whoever needs
    one finds it missing.

    :raises NotEmulated: for a layer that is not in the assembly.
    """
    layers = dict(pair for resolver in resolvers for pair in _layers(resolver))
    functions = {}
    for resolver in resolvers:
        for logical_id, resource in resolver.source.template.get("Resources", {}).items():
            if resource["Type"] != "AWS::Lambda::Function":
                continue
            properties = resource["Properties"]
            runtime = properties.get("Runtime", "")
            if runtime.startswith("python") and "S3Key" in properties.get("Code", {}):
                function = _function(resolver, logical_id, properties, layers)
                functions[function.arn] = function
    for resolver in resolvers:
        functions |= _qualified(resolver, functions)
    return functions


def _qualified(resolver: Resolver, functions: Mapping[str, Function]) -> dict[str, Function]:
    """A stack's versions and aliases, by their ARNs: the function as it is in the assembly."""
    found = {}
    for logical_id, resource in resolver.source.template.get("Resources", {}).items():
        if resource["Type"] in ("AWS::Lambda::Version", "AWS::Lambda::Alias"):
            arn = resolver.text({"Ref": logical_id}, logical_id)
            function = functions.get(arn.rpartition(":")[0])
            if function is not None:
                found[arn] = replace(
                    function, arn=arn, version=VERSION, snap_start=function.snap_start_on_versions
                )
    return found


def _layers(resolver: Resolver) -> list[tuple[str, Path]]:
    found = []
    for logical_id, resource in resolver.source.template.get("Resources", {}).items():
        if resource["Type"] == "AWS::Lambda::LayerVersion":
            arn = resolver.text({"Ref": logical_id}, logical_id)
            found.append((arn, _asset(resolver, resource["Properties"]["Content"], logical_id)))
    return found


def _asset(resolver: Resolver, code: Mapping[str, Any], where: str) -> Path:
    key = resolver.text(code["S3Key"], where)
    if key not in resolver.source.assets:
        raise LocalError(f"{where}: its code {key!r} is no asset of the assembly")
    return resolver.source.assets[key]


def _function(
    resolver: Resolver,
    logical_id: str,
    properties: Mapping[str, Any],
    layers: Mapping[str, Path],
) -> Function:
    where = f"{resolver.source.name}/{resolver.source.paths.get(logical_id, logical_id)}"
    variables = properties.get("Environment", {}).get("Variables", {})
    environment = {n: resolver.text(v, logical_id) for n, v in variables.items()}
    arns = [resolver.text(expression, logical_id) for expression in properties.get("Layers", [])]
    missing = [arn for arn in arns if arn not in layers]
    wrapped = [name for name in _WRAPPERS if environment.get(name) == _OTEL_WRAPPER]
    untraced = bool(wrapped) and any(map(_OTEL_LAYER.search, missing))
    if untraced:
        missing = [arn for arn in missing if not _OTEL_LAYER.search(arn)]
        for name in wrapped:
            del environment[name]
    if missing:
        advice = "use a layer of the assembly: its content is in AWS"
        raise NotEmulated(f"the layer {missing[0]}", where, advice)
    reserved = properties.get("ReservedConcurrentExecutions")
    return Function(
        logical_id=logical_id,
        name=resolver.text({"Ref": logical_id}, logical_id),
        arn=resolver.text({"Fn::GetAtt": [logical_id, "Arn"]}, logical_id),
        handler=resolver.text(properties["Handler"], logical_id),
        runtime=properties["Runtime"],
        architecture=properties.get("Architectures", ["x86_64"])[0],
        timeout=resolver.number(properties.get("Timeout", 3), where),
        memory_size=int(resolver.number(properties.get("MemorySize", 128), where)),
        environment=environment,
        untraced=untraced,
        code=_asset(resolver, properties["Code"], where),
        layers=tuple(layers[arn] for arn in arns if arn in layers),
        stack=resolver.source.name,
        construct=resolver.source.paths.get(logical_id, logical_id).removesuffix("/Resource"),
        log_format=properties.get("LoggingConfig", {}).get("LogFormat", "Text"),
        log_level=properties.get("LoggingConfig", {}).get("ApplicationLogLevel"),
        snap_start_on_versions=properties.get("SnapStart", {}).get("ApplyOn")
        == "PublishedVersions",
        concurrency=None if reserved is None else int(resolver.number(reserved, where)),
    )
