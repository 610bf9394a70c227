"""Built assets, each in a folder named after what it is made from."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from coworks_cdk.packaging.errors import PackagingError

if TYPE_CHECKING:
    from collections.abc import Callable

_KEPT_FOR = 30 * 24 * 3600


def cache_root() -> Path:
    """The folder of all that is built.

    ``COWORKS_CACHE_DIR``, else ``coworks`` in ``XDG_CACHE_HOME``, else ``~/.cache/coworks``.
    """
    if own := os.environ.get("COWORKS_CACHE_DIR"):
        return Path(own).absolute()
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared).absolute() if shared else Path.home() / ".cache") / "coworks"


def cached(kind: str, key: str, build: Callable[[Path], None]) -> Path:
    """The folder of what *key* stands for, built if it isn't there yet.

    It is built in a folder of its own and renamed when it is complete, so that an interrupted
    build leaves nothing, and processes that build the same thing at once don't meet.

    What no synth has used for a month is removed when something new is built.

    :param kind: what is built; one folder of the cache holds each kind.
    :param key: a digest over all that the content depends on.
    :param build: fills the empty folder that it is given.
    :raises PackagingError: if the cache can't be written.
    """
    folder = cache_root() / kind / key
    if folder.is_dir():
        with suppress(OSError):  # a cache that is only read serves as well
            os.utime(folder)
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        workplace = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    except OSError as error:
        raise PackagingError(
            f"the cache of built assets, {cache_root()}, can't be written ({error}): set "
            "COWORKS_CACHE_DIR to a folder that can"
        ) from error
    try:
        content = workplace / "content"
        content.mkdir()
        build(content)
        _publish(content, folder)
        _forget_unused(folder.parent)
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
    return folder


def _publish(content: Path, folder: Path) -> None:
    content.chmod(0o755)
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
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder)
