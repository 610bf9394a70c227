"""What a program had read when it synthesized last, so that it can be begun earlier.

A program that hasn't changed declares what it declared before. What is remembered of it says so: the
times of its sources, and a digest of its arguments and its environment, whose values are nowhere.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import sys
import sysconfig
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Self

from coworks_cdk.context import STAGE_VARIABLE
from coworks_cdk.packaging.cache import private_folder
from coworks_cdk.packaging.digest import digest
from coworks_cdk.packaging.errors import PackagingError
from coworks_cdk.progress import TERMINAL_VARIABLE

#: ``0`` where services are to be read one after the other.
SWITCH = "COWORKS_READ_AHEAD"

#: What differs from terminal to terminal, and changes nothing that a program does.
_OF_A_TERMINAL = frozenset({"_", "OLDPWD", "SHLVL", TERMINAL_VARIABLE})

_KEPT_FOR = 30 * 24 * 3600


class ReadService(NamedTuple):
    """A service that was read.

    :param environment: a digest of its variables but its stage, by the salt of what is remembered.
    """

    app: str
    project_dir: str
    stage: str
    environment: str


@dataclass(frozen=True)
class LastSynth:
    """The services that this program had read.

    :param file: what is remembered of it.
    :param main: the file that is run, whose name Python forgets before the process ends.
    :param salt: of this time's digests.
    """

    file: Path
    main: str
    salt: str = field(default_factory=lambda: secrets.token_hex(32))

    @classmethod
    def of_this_program(cls) -> Self | None:
        """That of this process; None where it is no program of the user's, or is not to be known."""
        main = getattr(sys.modules.get("__main__"), "__file__", None)
        if main is None or _is_installed(main) or os.environ.get(SWITCH) == "0":
            return None
        name = digest(str(Path.cwd()), sys.executable, *sys.orig_argv)
        try:
            return cls(private_folder("programs") / f"{name}.json", main)
        except (OSError, PackagingError):
            # What builds the assets tells what is wrong with the cache.
            return None

    def services(self) -> tuple[str, list[ReadService]]:
        """The salt and the services of the last time; none, if the program isn't the same."""
        try:
            found = json.loads(self.file.read_text(encoding="utf-8"))
            sources, services = found["sources"], found["services"]
            if _digest(_own_environment(), found["salt"]) != found["environment"]:
                return "", []
            known = _sources(self.main)
            if not known.keys() <= sources.keys():
                return "", []
            if any(_stamp(path) != stamp for path, stamp in sources.items()):
                return "", []
            return found["salt"], [ReadService(*service) for service in services]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return "", []

    def remember(self, services: Sequence[ReadService]) -> None:
        """Keep those of this time, for a month; their digests are by this one's salt."""
        found: dict[str, Any] = {
            "salt": self.salt,
            "environment": _digest(_own_environment(), self.salt),
            "sources": _sources(self.main),
            "services": services,
        }
        with contextlib.suppress(OSError):
            for other in self.file.parent.iterdir():
                if other.stat().st_mtime < time.time() - _KEPT_FOR:
                    other.unlink()
            draft = self.file.with_name(f".{self.file.name}-{os.getpid()}")
            draft.write_text(json.dumps(found), encoding="utf-8")
            draft.replace(self.file)


def digest_of(environment: Mapping[str, str], salt: str) -> str:
    """What tells whether a service's variables are the same, and not what they are."""
    return _digest({k: v for k, v in environment.items() if k != STAGE_VARIABLE}, salt)


def _own_environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in _OF_A_TERMINAL}


def _digest(variables: Mapping[str, str], salt: str) -> str:
    told = json.dumps(sorted(variables.items())).encode()
    return hashlib.blake2b(told, key=bytes.fromhex(salt)).hexdigest()


def _sources(main: str) -> dict[str, list[int]]:
    """The modules of this process that aren't installed, with their times and sizes."""
    files = [main, *(getattr(module, "__file__", None) for module in list(sys.modules.values()))]
    own = {str(Path(file).absolute()) for file in files if file and not _is_installed(file)}
    return {path: _stamp(path) for path in sorted(own)}


def _stamp(path: str) -> list[int]:
    try:
        found = Path(path).stat()
    except OSError:
        return []
    return [found.st_mtime_ns, found.st_size]


def _is_installed(file: str) -> bool:
    parts = Path(file).parts
    return (
        not {"site-packages", "dist-packages"}.isdisjoint(parts)
        or Path(file).is_relative_to(sysconfig.get_path("stdlib"))
        or Path(file).is_relative_to(sysconfig.get_path("platstdlib"))
    )
