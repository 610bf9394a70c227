"""The versions of Flask and Werkzeug whose private parts this package knows.

The short way of an event, the late imports of a cold start and the map that compiles its rules
late do what private parts of Flask and Werkzeug do. They are used with the minor versions that the
tests have run with, and with no other: there every event takes the WSGI way, Flask is imported
whole, the map is Werkzeug's own, and every answer is the same.

The versions are the names of the ``.dist-info`` folders beside the packages, since this is asked
before Flask is imported: ``importlib.metadata`` takes longer than all the rest of this.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib.machinery import PathFinder

VERIFIED: dict[str, tuple[str, ...]] = {
    "flask": ("3.1",),
    "werkzeug": ("3.1",),
}
"""The minor versions that the tests have run with. ``make flask-next`` tries newer ones."""


def is_verified() -> bool:
    """Whether the tests have run with the versions that are installed."""
    return not why_not()


@cache
def why_not() -> str:
    """Which version is none of :data:`VERIFIED`; empty where all are."""
    found = {name: installed_version(name) for name in VERIFIED}
    return ", ".join(
        f"{name} {version or 'of unknown version'} is none of the verified "
        f"({', '.join(VERIFIED[name])})"
        for name, version in found.items()
        if minor_of(version) not in VERIFIED[name]
    )


def minor_of(version: str) -> str:
    """The minor version of a version: ``3.1`` of ``3.1.2``."""
    return ".".join(version.split(".")[:2])


def installed_version(package: str) -> str:
    """The version of the package that is imported, or would be; empty where nothing tells it.

    :param package: the name of a top-level package whose distribution has the same name.
    """
    folder = _folder_of(package)
    try:
        names = os.listdir(folder) if folder else []  # noqa: PTH208 - a cold start pays for it
    except OSError:  # in a zip file, say
        return ""
    found = [
        name[len(package) + 1 : -len(".dist-info")]
        for name in names
        if name.endswith(".dist-info") and name.lower().startswith(f"{package}-")
    ]
    # Two of them: the remains of an installation, and nobody knows which is which.
    return found[0] if len(found) == 1 else ""


def _folder_of(package: str) -> str:
    """The folder that a package is in, found as the import finds it."""
    module = sys.modules.get(package)
    file = getattr(module, "__file__", None)
    if file is None:
        spec = PathFinder.find_spec(package)
        file = spec.origin if spec is not None else None
    return file.rpartition(os.sep)[0].rpartition(os.sep)[0] if file else ""
