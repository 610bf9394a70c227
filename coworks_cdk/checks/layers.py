"""What Lambda refuses of a function's layers, or would import in vain: repeated ones, those of
another region, and those made for another Python or another processor.

https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aws_cdk import aws_lambda as lambda_

from coworks_cdk.props.kinds import is_late

#: The layers of AWS's distribution of OpenTelemetry that are compiled say for what, by their names.
#: https://aws-otel.github.io/docs/getting-started/lambda/lambda-python
_OF_PROCESSOR = re.compile(r":layer:aws-otel-[a-z0-9-]*(amd64|arm64)-")
_PROCESSORS = {"amd64": "x86_64", "arm64": "arm64"}

#: A layer with the prop that gave it.
Given = tuple[str, lambda_.ILayerVersion]


def repeated_layers(layers: Sequence[Given]) -> list[str]:
    """A layer given twice; Lambda refuses two versions of one as well."""
    problems = []
    seen: set[str] = set()
    for prop, layer in layers:
        arn = layer.layer_version_arn
        name = arn if is_late(arn) else arn.rpartition(":")[0]
        if name in seen:
            shown = _path(layer) if is_late(arn) else repr(arn)
            problems.append(
                f"{prop}: got {shown}, a layer that the function has already; allowed: each layer "
                "once, in one version."
            )
        seen.add(name)
    return problems


def distant_layers(layers: Sequence[Given], *, region: str) -> list[str]:
    """A layer of another region, from which Lambda takes none.

    :param region: the stack's; nothing is known of the layers where it is a token.
    """
    problems = []
    for prop, layer in layers:
        arn = layer.layer_version_arn
        parts = [] if is_late(arn) else arn.split(":")
        if not is_late(region) and parts and parts[3] != region:
            problems.append(
                f"{prop}: got {arn!r}, a layer of {parts[3]}; allowed: a layer of {region}, where "
                "the stack is."
            )
    return problems


def incompatible_layers(
    layers: Sequence[Given], *, runtime: lambda_.Runtime, architecture: lambda_.Architecture
) -> list[str]:
    """A layer that says which Pythons and processors it is for, and not the function's."""
    return [
        f"{prop}: got {_path(layer)}, which is for {' and '.join(made_for)}; allowed: a layer for "
        f"{wanted}, as the function's {what} is."
        for prop, layer in layers
        for what, wanted, made_for in (
            ("runtime", runtime.name, [r.name for r in layer.compatible_runtimes or []]),
            ("architecture", architecture.name, list(_architectures(layer))),
        )
        if made_for and wanted not in made_for
    ]


def _architectures(layer: lambda_.ILayerVersion) -> Iterator[str]:
    arn = layer.layer_version_arn
    named = None if is_late(arn) else _OF_PROCESSOR.search(arn)
    if named:
        yield _PROCESSORS[named[1]]
    resource = layer.node.default_child
    if isinstance(resource, lambda_.CfnLayerVersion):
        yield from resource.compatible_architectures or []


def _path(layer: lambda_.ILayerVersion) -> str:
    return f"the layer {layer.node.path}"
