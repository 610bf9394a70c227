"""Built assets, each in a folder named after what it is made from."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from coworks_cdk.packaging.errors import PackagingError

if TYPE_CHECKING:
    from collections.abc import Callable


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

    :param kind: what is built; one folder of the cache holds each kind.
    :param key: a digest over all that the content depends on.
    :param build: fills the empty folder that it is given.
    :raises PackagingError: if the cache can't be written.
    """
    folder = cache_root() / kind / key
    if folder.is_dir():
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
