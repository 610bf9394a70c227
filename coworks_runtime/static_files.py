"""The files of a static folder, known by their content.

Flask tags a file by its size and the time of its last change. In a deployed function that time is
the same for every file of every version: browsers would keep what has changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, cast

from flask import Blueprint, Flask, Response, request, send_from_directory
from flask.helpers import get_root_path
from werkzeug.security import safe_join

STATIC = "static"


def default_folder(import_name: str, paths: Iterable[str]) -> str | None:
    """Flask's default, where there is such a folder and no entry has its paths.

    :param import_name: the module that the folder lies beside.
    :param paths: the paths of the entries.
    """
    if any(path.startswith(f"/{STATIC}/") for path in paths):
        return None
    return STATIC if Path(get_root_path(import_name), STATIC).is_dir() else None


def send_static_file(owner: Flask | Blueprint, filename: str) -> Response:
    """Answer with a file of an owner's static folder.

    :param owner: the service or the blueprint, which has such a folder.
    :param filename: the file's path below it.
    :raises NotFound: where there is no such file.
    """
    folder = cast("str", owner.static_folder)
    joined = safe_join(folder, filename)
    path = None if joined is None else Path(joined)
    found = path.stat() if path is not None and path.is_file() else None
    tag = _digest(path, found.st_mtime_ns, found.st_size) if path and found else False
    response = send_from_directory(
        folder,
        filename,
        conditional=False,
        etag=tag,
        max_age=owner.get_send_file_max_age(filename),
    )
    del response.headers["Last-Modified"]
    response.make_conditional(
        request.environ, accept_ranges=True, complete_length=response.content_length
    )
    return response


def tagged_by_content(view: Any) -> Any:
    """A view function; in place of that of another's static folder, one that tags by content.

    :param view: what is to be called for a route.
    """
    if getattr(view, "__func__", None) is not Blueprint.send_static_file:
        return view
    owner: Blueprint = view.__self__

    @wraps(view)
    def send(filename: str) -> Response:
        return send_static_file(owner, filename)

    return send


@lru_cache(maxsize=1024)
def _digest(path: Path, _changed: int, _size: int) -> str:
    from hashlib import file_digest  # on use: most functions have no files to send

    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()[:32]
