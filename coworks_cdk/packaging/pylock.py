"""The packages of a ``pylock.toml`` (pure).

https://packaging.python.org/en/latest/specifications/pylock-toml/
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name


@dataclass(frozen=True)
class Package:
    """One package of a resolution.

    :param name: its normalised name.
    :param requirement: what installs it.
    :param is_wheel: whether it is published as a wheel that the target takes.
    :param from_index: whether it comes from an index, and wasn't named by a path or a URL.
    """

    name: NormalizedName
    requirement: str
    is_wheel: bool
    from_index: bool


def read_lock(text: str, folder: Path) -> tuple[Package, ...]:
    """The packages of a lock.

    :param text: its content.
    :param folder: where its paths start.
    """
    return tuple(_package(found, folder) for found in tomllib.loads(text).get("packages", ()))


def _package(found: Mapping[str, Any], folder: Path) -> Package:
    name = canonicalize_name(found["name"])
    for kind in ("directory", "archive", "vcs"):
        if source := found.get(kind):
            url = _url(source, folder)
            is_wheel = kind == "archive" and url.endswith(".whl")
            return Package(name, f"{name} @ {url}", is_wheel, from_index=False)
    return Package(name, f"{name}=={found['version']}", "wheels" in found, from_index=True)


def _url(source: Mapping[str, Any], folder: Path) -> str:
    # An editable package is a link to the host's folder: its content is what a layer needs.
    url: str = source.get("url") or (folder / source["path"]).absolute().as_uri()
    if commit := source.get("commit-id"):
        url = f"{source['type']}+{url}@{commit}"
    return f"{url}#subdirectory={part}" if (part := source.get("subdirectory")) else url
