"""What a service does when one of Flask's commands loads it: read dotenv files, tell the stage."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from . import environment

if TYPE_CHECKING:
    from click import Context

_ANNOUNCED = "coworks_runtime.announced"


def prepare(module: str) -> None:
    """Prepare the process for a service, where a Flask command is what loads it.

    :param module: the name of the module of the service's class.
    :raises EnvironmentFileError: for a dotenv file that can't be parsed.
    """
    context = _context()
    if context is None:
        return
    project_dir = _folder(module)
    environment.load_environment(project_dir, _loaded_by_flask())
    if context.info_name == "run":
        os.environ.setdefault(environment.CHECK_ANSWERS_VARIABLE, "1")
        log_format = "text" if sys.stderr.isatty() else "json"
        os.environ.setdefault(environment.LOG_FORMAT_VARIABLE, log_format)
    if context.info_name == "run" and not context.meta.get(_ANNOUNCED):
        context.meta[_ANNOUNCED] = True
        _announce(context)


def _context() -> Context | None:
    """The context of the Flask command that runs, if any."""
    if "click" not in sys.modules:
        return None
    from click import get_current_context
    from flask.cli import ScriptInfo

    context = get_current_context(silent=True)
    if context is None or context.find_object(ScriptInfo) is None:
        return None
    return context


def _announce(context: Context) -> None:
    from click import echo
    from flask.cli import ScriptInfo
    from werkzeug.serving import is_running_from_reloader

    info = context.find_object(ScriptInfo)
    if info is None or is_running_from_reloader():
        return
    echo(f" * Stage: {environment.stage()}")
    if info.app_import_path:
        # Flask's banner follows, and names the service as `--app` does, folder included.
        info.app_import_path = info.app_import_path.replace("\\", "/").rpartition("/")[2]


def _folder(module: str) -> Path:
    file = getattr(sys.modules.get(module), "__file__", None)
    return Path(file).resolve().parent if file else Path.cwd()


def _loaded_by_flask() -> dict[str, str]:
    """The values that Flask's commands have taken from ``.env`` and ``.flaskenv``."""
    if os.environ.get("FLASK_SKIP_DOTENV", "").lower() in {"1", "true", "yes"}:
        return {}
    from dotenv import dotenv_values, find_dotenv

    loaded: dict[str, str] = {}
    for name in (".flaskenv", ".env"):
        file = find_dotenv(name, usecwd=True)
        if file:
            loaded |= {k: v for k, v in dotenv_values(file).items() if v is not None}
    return loaded
