"""Why an assembly can't be served as it is, and has to be synthesized first."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from coworks_cdk.local.project.files import State, newest
from coworks_cdk.local.template.assembly import StackSource, read_assembly

STAGE_VARIABLE = "CWS_STAGE"


def why_synthesize(assembly: Path, state: State, stage: str | None) -> str | None:
    """Say why to synthesize, or nothing where the assembly can be served.

    :param assembly: its folder.
    :param state: the files that a synth reads.
    :param stage: the stage that is asked for; None takes any.
    """
    manifest = assembly / "manifest.json"
    if not manifest.is_file():
        return f"there is no {assembly.name}"
    sources = read_assembly(assembly)
    if any(unbuilt(source) for source in sources):
        return f"{assembly.name} holds no assets (`cdk ls`, `cdk destroy` and the like build none)"
    found = stages(sources)
    if stage is not None and found and stage not in found:
        return f"{assembly.name} is of the stage {' and '.join(found)}, not {stage}"
    last = newest(state)
    if last is not None and last[1] > manifest.stat().st_mtime_ns:
        return f"{shown(last[0])} changed at {time.strftime('%X', time.localtime(last[1] / 1e9))}"
    return None


def stages(sources: Sequence[StackSource]) -> tuple[str, ...]:
    """Give the stages of the services of an assembly, as their functions are told."""
    found = set()
    for source in sources:
        for resource in source.template.get("Resources", {}).values():
            if resource["Type"] == "AWS::Lambda::Function":
                environment = resource.get("Properties", {}).get("Environment", {})
                value = environment.get("Variables", {}).get(STAGE_VARIABLE)
                if isinstance(value, str):
                    found.add(value)
    return tuple(sorted(found))


def unbuilt(source: StackSource) -> bool:
    """Tell whether a stack has a placeholder where an asset was to be built: an empty folder."""
    return any(path.is_dir() and not any(path.iterdir()) for path in source.assets.values())


def shown(path: Path) -> str:
    """Give a path as the user would write it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
