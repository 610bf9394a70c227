"""Reading a cloud assembly (``cdk.out``): templates, assets and construct paths."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from coworks_cdk.local.errors import LocalError
from coworks_cdk.local.template.deployed import DeployedStack

ACCOUNT = "123456789012"
REGION = "us-east-1"
SERVICE_METADATA = "coworks:service"
"""The type of what the construct tells of a service: an object with its ``project_dir``."""


@dataclass(frozen=True)
class StackSource:
    """A stack as it was synthesized."""

    name: str
    region: str
    account: str
    template: Mapping[str, Any]
    assets: Mapping[str, Path]
    """Object keys (``HASH.zip``) to what they are made of: a folder or a file."""
    paths: Mapping[str, str]
    """Logical ids to construct paths without the stack's own, as ``Hello/Api/Resource``."""
    services: Mapping[str, str] = field(default_factory=dict)
    """The construct paths of services to their project folders, as the app was given them."""
    warnings: tuple[tuple[str, str], ...] = ()
    """What the synth warned of, with the construct paths."""
    deployed: DeployedStack | None = None
    """The stack in AWS whose resources stand for those that are not served here."""


def read_assembly(folder: Path, *, region: str | None = None) -> tuple[StackSource, ...]:
    """Read every stack of an assembly, those of its stages (``cdk.Stage``) among them.

    :param folder: the assembly's folder, ``cdk.out`` by default of the CDK.
    :param region: for stacks that name none; ``us-east-1`` without it.
    :raises LocalError: where the folder holds no readable assembly.
    """
    if not (folder / "manifest.json").is_file():
        raise LocalError(
            f"{folder}: no manifest.json there; synthesize first (`cdk synth`) and give the "
            "folder of the cloud assembly"
        )
    return tuple(_stacks(folder, region or REGION))


def with_deployed(
    sources: Sequence[StackSource], deployed: DeployedStack, wanted: str | None
) -> tuple[StackSource, ...]:
    """Let a stack use the resources of a deployed one: that of its name, or the one there is.

    :param wanted: the stack's name, where it is another.
    :raises LocalError: where it isn't told which one.
    """
    named = [source for source in sources if source.name == (wanted or deployed.name)]
    if not named:
        named = [source for source in sources if source.services]
    if len(named) != 1:
        names = ", ".join(source.name for source in sources)
        raise LocalError(
            f"no stack of the assembly is called {deployed.name}: say with --stack which of "
            f"{names} uses it"
        )
    used = replace(named[0], deployed=deployed, region=deployed.region, account=deployed.account)
    return tuple(used if source is named[0] else source for source in sources)


def fingerprint(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Give what changes whenever an assembly is written again.

    Assets are named by their content, so the assembly's JSON files say it all.
    """
    found = []
    for path in sorted(folder.rglob("*.json")) if folder.is_dir() else ():
        if any(part.startswith("asset.") for part in path.relative_to(folder).parts):
            continue
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        found.append((str(path), status.st_mtime_ns, status.st_size))
    return tuple(found)


def _stacks(folder: Path, region: str) -> Iterator[StackSource]:
    manifest = _json(folder / "manifest.json")
    artifacts: Mapping[str, Any] = manifest.get("artifacts", {})
    for artifact in artifacts.values():
        properties = artifact.get("properties", {})
        if artifact["type"] == "cdk:cloud-assembly":
            yield from _stacks(folder / properties["directoryName"], region)
        elif artifact["type"] == "aws:cloudformation:stack":
            yield _stack(folder, artifact, artifacts, region)


def _stack(
    folder: Path, artifact: Mapping[str, Any], artifacts: Mapping[str, Any], region: str
) -> StackSource:
    properties = artifact["properties"]
    account, _, stack_region = artifact["environment"].removeprefix("aws://").partition("/")
    assets: dict[str, Path] = {}
    for dependency in artifact.get("dependencies", ()):
        other = artifacts.get(dependency, {})
        if other.get("type") == "cdk:asset-manifest":
            assets.update(_assets(folder, _json(folder / other["properties"]["file"])))
    metadata: Mapping[str, Any] = artifact.get("metadata", {})
    if "additionalMetadataFile" in artifact:
        metadata = {**metadata, **_json(folder / artifact["additionalMetadataFile"])}
    stack_path = "/" + artifact.get("displayName", "").split(" ")[0]
    return StackSource(
        name=properties.get("stackName", artifact.get("displayName", "stack")),
        region=region if stack_region.startswith("unknown") else stack_region,
        account=ACCOUNT if account.startswith("unknown") else account,
        template=_json(folder / properties["templateFile"]),
        assets=assets,
        paths={data: path for path, data in _metadata(metadata, stack_path, "aws:cdk:logicalId")},
        services={
            path: data["project_dir"]
            for path, data in _metadata(metadata, stack_path, SERVICE_METADATA)
        },
        warnings=tuple(_metadata(metadata, stack_path, "aws:cdk:warning")),
    )


def _assets(folder: Path, manifest: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    for asset in manifest.get("files", {}).values():
        source = asset["source"]
        if "path" in source:
            for destination in asset["destinations"].values():
                yield destination["objectKey"], (folder / source["path"]).resolve()


def _metadata(
    metadata: Mapping[str, Any], stack_path: str, type_: str
) -> Iterator[tuple[str, Any]]:
    """The data of a type, with the construct paths that have it."""
    for path, entries in metadata.items():
        for entry in entries:
            if entry["type"] == type_:
                yield path.removeprefix(stack_path).lstrip("/"), entry["data"]


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LocalError(f"{path}: not readable as JSON ({error}); synthesize again") from error
    if not isinstance(content, dict):
        raise LocalError(f"{path}: a JSON object was expected; synthesize again")
    return content
