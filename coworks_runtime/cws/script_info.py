"""The service that a command is about: where it is, on which stage, with which defaults."""

import importlib.util
import os
import re
import sys
from pathlib import Path

from flask import Flask
from flask.cli import NoAppException, ScriptInfo, locate_app, prepare_import

from coworks_runtime.environment import STAGE_VARIABLE, load_environment, stage
from coworks_runtime.errors import EnvironmentFileError

from .configuration import Configuration, find_configuration, read_configuration
from .errors import CwsError

DEFAULT_PROJECT_DIR = "tech"


class CwsScriptInfo(ScriptInfo):
    """Flask's script info for a service of a project folder.

    ``--app hello`` is ``app`` of ``hello.py`` in the project folder, which comes first on
    ``sys.path``, as it does on Lambda. A path (``tech/hello``, ``tech/hello.py``) is taken from the
    working directory, as Flask does. The dotenv files are read before the service is imported.
    """

    def __init__(self) -> None:
        super().__init__(create_app=self._import_app, load_dotenv_defaults=False)
        #: The folder of the services, relative to the working directory or absolute.
        self.project_dir = Path(DEFAULT_PROJECT_DIR)
        self._configuration: Configuration | None = None

    @property
    def stage(self) -> str:
        """The stage of this run."""
        return stage()

    @stage.setter
    def stage(self, name: str) -> None:
        os.environ[STAGE_VARIABLE] = name

    @property
    def configuration(self) -> Configuration:
        """The project's defaults, read once.

        :raises CwsError: the file is wrong.
        """
        if self._configuration is None:
            self._configuration = read_configuration(find_configuration(self.project_dir))
        return self._configuration

    def load_environment(self) -> None:
        """Read the dotenv files of the stage into this process's environment.

        :raises CwsError: a file can't be read.
        """
        try:
            load_environment(self.project_dir)
        except EnvironmentFileError as error:
            raise CwsError(str(error)) from error

    def modules(self) -> list[str]:
        """The modules of the project folder, by name; none where there is no such folder."""
        return sorted(
            path.stem for path in self.project_dir.glob("*.py") if path.stem.isidentifier()
        )

    def _import_app(self) -> Flask:
        """Import the service that ``--app`` names."""
        if not self.app_import_path:
            raise NoAppException(
                "Which service? Name its module with --app or FLASK_APP, before the command: "
                f"cws --app {next(iter(self.modules()), 'hello')} run"
            )
        self.load_environment()
        # As Flask splits it: the colon of a Windows drive is none of ours.
        module, *name = re.split(r":(?![\\/])", self.app_import_path, maxsplit=1)
        if os.sep in module or "/" in module or module.endswith(".py"):
            import_name = prepare_import(module)
        else:
            self._require_module(module)
            import_name = module
        return locate_app(import_name, name[0] if name else None)

    def _require_module(self, module: str) -> None:
        """Put the project folder first on ``sys.path`` and check that the module is found."""
        folder = self.project_dir.resolve()
        if not folder.is_dir():
            raise NoAppException(
                f"There is no project folder {str(self.project_dir)!r} in {Path.cwd()}; "
                "name it with --project-dir, before the command."
            )
        if sys.path[0] != str(folder):
            sys.path.insert(0, str(folder))
        if importlib.util.find_spec(module.partition(".")[0]) is None:
            raise NoAppException(
                f"There is no module {module!r} in {folder}; it has: "
                f"{', '.join(self.modules()) or 'none'}. --app takes 'module' or 'module:name'."
            )
