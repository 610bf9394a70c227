"""The service that a command is about: where it is, on which stage, with which defaults."""

import importlib.util
import os
import re
import sys
from pathlib import Path

from flask import Flask
from flask.cli import NoAppException, ScriptInfo, locate_app, prepare_import

from coworks_runtime.environment import (
    STAGE_VARIABLE,
    load_environment,
    read_environment,
    stage,
)
from coworks_runtime.errors import EnvironmentFileError

from .configuration import NAME, SUFFIX, Configuration, find_configuration, read_configuration
from .errors import CwsError
from .notices import tell_who_may_call

DEFAULT_PROJECT_DIR = "tech"
#: The service where none is named, if the project folder has it.
DEFAULT_APP = "app"
_APP_VARIABLE = "FLASK_APP"
_FLASK_FILE = ".flaskenv"
# https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html
_STAGE_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")


class CwsScriptInfo(ScriptInfo):
    """Flask's script info for a service of a project folder.

    ``--app hello`` is ``app`` of ``hello.py`` in the project folder, which comes first on
    ``sys.path``, as it does on Lambda. A path (``tech/hello``, ``tech/hello.py``) is taken from the
    working directory, as Flask does. Without ``--app``, ``FLASK_APP`` of the dotenv files counts,
    then ``app.py`` of the project folder. The dotenv files are read before the service is imported.
    """

    def __init__(self) -> None:
        self._app: str | None = None
        super().__init__(create_app=self._import_app, load_dotenv_defaults=False)
        #: The folder of the services, relative to the working directory or absolute.
        self.project_dir = Path(DEFAULT_PROJECT_DIR)
        #: The project's file: its name, or its path from the project folder, and its suffix.
        self.config_file = NAME
        self.config_file_suffix = SUFFIX
        self._configuration: Configuration | None = None

    @property
    def stage(self) -> str:
        """The stage of this run."""
        return stage()

    @stage.setter
    def stage(self, name: str) -> None:
        os.environ[STAGE_VARIABLE] = name

    @property
    def file_name(self) -> str:
        """The project's file, as it is looked for."""
        return f"{self.config_file}{self.config_file_suffix}"

    @property
    def configuration(self) -> Configuration:
        """The project's defaults, read once.

        :raises CwsError: the file is wrong.
        """
        if self._configuration is None:
            found = find_configuration(self.project_dir, self.file_name)
            self._configuration = read_configuration(found)
        return self._configuration

    def ignore_configuration(self) -> None:
        """Go by no project's file."""
        self._configuration = Configuration()

    @property
    def app_import_path(self) -> str | None:
        """The service: what ``--app`` names, else the default.

        :raises CwsError: a dotenv file can't be read.
        """
        if self._app is None:
            self._app = self._default_app()
        return self._app

    @app_import_path.setter
    def app_import_path(self, path: str | None) -> None:
        self._app = path

    def _default_app(self) -> str | None:
        """The service of ``FLASK_APP`` in the dotenv files, else the project folder's ``app.py``."""
        for values in (self._read(".env"), self._read(_FLASK_FILE)):
            if values.get(_APP_VARIABLE):
                return values[_APP_VARIABLE]
        return DEFAULT_APP if (self.project_dir / f"{DEFAULT_APP}.py").is_file() else None

    def _read(self, name: str) -> dict[str, str]:
        """What the dotenv files of a name give."""
        try:
            return read_environment(self.project_dir, name=name)
        except EnvironmentFileError as error:
            raise CwsError(str(error)) from error

    def check_stage(self) -> None:
        """Check that API Gateway takes the stage.

        :raises CwsError: it doesn't.
        """
        if not _STAGE_NAME.fullmatch(self.stage):
            raise CwsError(
                f"stage {self.stage!r}: allowed are letters, digits, '_' and '-', at most 128."
            )

    def load_environment(self) -> None:
        """Read the dotenv files of the stage into this process's environment.

        :raises CwsError: a file can't be read.
        """
        try:
            load_environment(self.project_dir)
        except EnvironmentFileError as error:
            raise CwsError(str(error)) from error
        for name, value in self._read(_FLASK_FILE).items():
            os.environ.setdefault(name, value)

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
        app = locate_app(import_name, name[0] if name else None)
        tell_who_may_call(app)
        return app

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
