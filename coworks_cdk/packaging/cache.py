"""Built assets, each in a folder named after what it is made from."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from coworks_cdk.packaging.errors import PackagingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_KEPT_FOR = 30 * 24 * 3600


def cache_root() -> Path:
    """The folder of all that is built.

    ``COWORKS_CACHE_DIR``, else ``coworks`` in ``XDG_CACHE_HOME``, else ``~/.cache/coworks``.
    """
    if own := os.environ.get("COWORKS_CACHE_DIR"):
        return Path(own).absolute()
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared).absolute() if shared else Path.home() / ".cache") / "coworks"


def private_folder(*names: str) -> Path:
    """A folder of the cache, made if need be, that nobody else may write.

    What it holds is deployed, and run to compile.

    :param names: its path below the cache's.
    :raises PackagingError: if others may write it, or the cache's own folder.
    :raises OSError: if it can't be made.
    """
    folder = cache_root()
    for name in ("", *names):
        folder /= name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
        if found.st_mode & 0o022 or found.st_uid not in {os.geteuid(), 0}:
            raise PackagingError(
                f"the cache of built assets, {folder}, may be written by others than its user "
                f"(owner {found.st_uid}, mode {stat.S_IMODE(found.st_mode):04o}), who could change "
                f"what is deployed: remove it, or set COWORKS_CACHE_DIR to a folder of your own "
                "with the mode 0700 or 0755"
            )
    return folder


def cached(kind: str, key: str, build: Callable[[Path], Iterable[str] | None]) -> Path:
    """The folder of what *key* stands for, built if it isn't there yet.

    It is built in a folder of its own and renamed when it is complete, so that an interrupted
    build leaves nothing, and processes that build the same thing at once don't meet.

    What no synth has used for a month is removed when something new is built.

    :param kind: what is built; one folder of the cache holds each kind.
    :param key: a digest over all that the content depends on.
    :param build: fills the empty folder that it is given, and returns what is to be said of it.
    :raises PackagingError: if the cache can't be written, or others may write it.
    """
    try:
        folder = private_folder(kind) / key
        if folder.is_dir():
            with suppress(OSError):  # a cache that is only read serves as well
                os.utime(folder)
            return folder
        workplace = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
        try:
            content = workplace / "content"
            content.mkdir()
            notes = tuple(build(content) or ())
            (workplace / "notes").write_text(json.dumps(notes), encoding="utf-8")
            _publish(workplace, folder)
            _forget_unused(folder.parent)
        finally:
            shutil.rmtree(workplace, ignore_errors=True)
    except OSError as error:
        raise PackagingError(
            f"the cache of built assets, {cache_root()}, can't be written ({error}): make room "
            "there, or set COWORKS_CACHE_DIR to a folder that can"
        ) from error
    return folder


def notes_of(folder: Path) -> tuple[str, ...]:
    """What the build of a cached folder had to say.

    :param folder: the folder, as :func:`cached` gave it.
    """
    notes = _notes(folder)
    return tuple(json.loads(notes.read_text(encoding="utf-8"))) if notes.is_file() else ()


def _notes(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.notes")


def _publish(workplace: Path, folder: Path) -> None:
    content = workplace / "content"
    content.chmod(0o755)
    (workplace / "notes").replace(_notes(folder))
    try:
        content.rename(folder)
    except OSError:
        # Another process was first: what it built is the same.
        if not folder.is_dir():
            raise


def _forget_unused(kind: Path) -> None:
    oldest = time.time() - _KEPT_FOR
    for folder in kind.iterdir():
        # Another process may be removing the same.
        with suppress(OSError):
            if folder.is_dir() and folder.stat().st_mtime < oldest:
                shutil.rmtree(folder)
                _notes(folder).unlink(missing_ok=True)
