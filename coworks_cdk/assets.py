"""What a service's function is made of: its code and its layers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from coworks_cdk.asked_once import id_of, stack_of
from coworks_cdk.checks.function import layer_problems, size_problems
from coworks_cdk.checks.imports import left_out_module
from coworks_cdk.checks.layers import distant_layers, incompatible_layers, repeated_layers
from coworks_cdk.packaging import (
    CoworksLayer,
    FunctionCode,
    PackagingError,
    RequirementsLayer,
    function_code,
    requirements_layer,
)
from coworks_cdk.packaging.staging import bundling_required
from coworks_cdk.settings import Settings

_T = TypeVar("_T")


@dataclass(frozen=True)
class Assets:
    """A function's code and layers, in the order that Lambda merges them."""

    code: lambda_.Code
    layers: tuple[lambda_.ILayerVersion, ...]
    folders: tuple[Path, ...] | None = None

    def hold(self, module: str) -> bool:
        """Whether a layer has a module, or may have it: what others have made isn't looked into."""
        return self.folders is None or any(
            any((folder / "python").glob(f"{module}{end}"))
            for folder in self.folders
            for end in ("", ".py", ".*.so")
        )


def refused_assets() -> Assets:
    """What stands for the assets of a service that won't be synthesized."""
    return Assets(code=lambda_.Code.from_inline("pass"), layers=())


def build_assets(scope: Construct, settings: Settings) -> tuple[Assets, list[str]]:
    """Build, or find in the cache, what the function is made of.

    :returns: the assets, and what is wrong with them.
    """
    problems: list[str] = []

    def attempt(build: Callable[[], _T]) -> _T | None:
        try:
            return build()
        except PackagingError as error:
            # The code and the layer may fail of one requirements file.
            if (problem := str(error).removeprefix(f"{scope.node.path}: ")) not in problems:
                problems.append(problem)
            return None

    runtime, architecture = settings.runtime, settings.architecture
    coworks: lambda_.ILayerVersion | None = None
    if settings.coworks_layer is not None:
        coworks = _layer(scope, "CoworksLayer", settings.coworks_layer)
    elif "coworks_layer" not in settings.unfit:
        coworks = attempt(
            lambda: CoworksLayer.of(scope, runtime=runtime, architecture=architecture)
        )
    file = settings.requirements or _default_requirements(settings.project_dir)
    code = attempt(
        lambda: function_code(
            settings.project_dir,
            runtime=runtime,
            architecture=architecture,
            exclude=settings.exclude,
            include=settings.include,
            requirements=file,
            scope=scope,
        )
    )
    required = file and attempt(
        lambda: requirements_layer(
            scope,
            file,
            runtime=runtime,
            architecture=architecture,
            prune=settings.prune_packages,
        )
    )
    further = [_layer(scope, f"Layer{n}", layer) for n, layer in enumerate(settings.layers, 1)]
    given = [("layers", layer) for layer in further]
    if settings.otel_layer is not None:
        further.append(_layer(scope, "OtelLayer", settings.otel_layer))
        given.append(("otel_layer", further[-1]))
    layers = tuple(layer for layer in (coworks, required, *further) if layer)
    if settings.coworks_layer is not None and coworks is not None:
        given.insert(0, ("coworks_layer", coworks))
    problems += layer_problems(len(layers)) or repeated_layers(given)
    problems += distant_layers(given, region=stack_of(scope).region)
    problems += incompatible_layers(given, runtime=runtime, architecture=architecture)
    problems += size_problems(_sizes(code, layers))
    if code is not None:
        path = settings.module.replace(".", "/")
        problems += left_out_module(
            settings.module, code.tree.lacks(f"{path}.py", f"{path}/__init__.py")
        )
    known = [layer for layer in layers if isinstance(layer, (CoworksLayer, RequirementsLayer))]
    opaque = not set(further) <= set(known) or not bundling_required(stack_of(scope))
    return Assets(
        code=code or lambda_.Code.from_inline("pass"),
        layers=layers,
        folders=None if opaque else tuple(layer.folder for layer in known),
    ), problems


def _default_requirements(project_dir: str) -> str | None:
    """The ``requirements.txt`` of the project folder, if there is one."""
    file = Path(project_dir) / "requirements.txt"
    return str(file) if file.is_file() else None


def _layer(
    scope: Construct, construct_id: str, layer: lambda_.ILayerVersion | str
) -> lambda_.ILayerVersion:
    if isinstance(layer, str):
        return lambda_.LayerVersion.from_layer_version_arn(scope, construct_id, layer)
    return layer


def _sizes(code: FunctionCode | None, layers: Iterable[lambda_.ILayerVersion]) -> dict[str, int]:
    """The unzipped bytes of what is built here; of a layer made elsewhere nothing is known."""
    sizes = {"code": code.unzipped_bytes} if code else {}
    for layer in layers:
        if isinstance(layer, (CoworksLayer, RequirementsLayer)):
            sizes[id_of(layer)] = layer.unzipped_bytes
    return sizes
