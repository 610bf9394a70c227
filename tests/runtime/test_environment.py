import os
import subprocess
import sys
from pathlib import Path

import pytest

from coworks_runtime.environment import load_environment, read_environment, stage
from coworks_runtime.errors import EnvironmentFileError


@pytest.fixture
def folders(tmp_path, monkeypatch):
    project = tmp_path / "tech"
    project.mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("A", "B"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path, project


def test_the_stage_is_dev_by_default(monkeypatch):
    assert stage() == "dev"
    monkeypatch.setenv("CWS_STAGE", "")
    assert stage() == "dev"
    monkeypatch.setenv("CWS_STAGE", "v1")
    assert stage() == "v1"


def test_the_later_file_wins(folders):
    working, project = folders
    assert read_environment(project) == {}
    (working / ".env").write_text("A=1")
    assert read_environment(project) == {"A": "1"}
    (project / ".env").write_text("A=2")
    assert read_environment(project) == {"A": "2"}
    (working / ".env.dev").write_text("A=3\nB=b # note\n")
    assert read_environment(project) == {"A": "3", "B": "b"}
    (project / ".env.dev").write_text("export A='4'\n\n# note\n")
    assert read_environment(project) == {"A": "4", "B": "b"}
    (project / ".env.prod").write_text("A=5")
    assert read_environment(project, "prod") == {"A": "5"}


def test_the_working_directory_may_be_the_project_dir(folders):
    working, _ = folders
    (working / ".env").write_text("A=1")
    assert read_environment(working) == {"A": "1"}


def test_the_stage_may_come_from_the_files(folders, monkeypatch):
    working, project = folders
    (working / ".env").write_text("CWS_STAGE=v1")
    (working / ".env.v1").write_text("A=v1")
    (working / ".env.v2").write_text("A=v2")
    assert read_environment(project)["A"] == "v1"
    monkeypatch.setenv("CWS_STAGE", "v2")
    assert read_environment(project)["A"] == "v2"


def test_the_process_wins_over_the_files(folders, monkeypatch):
    working, project = folders
    (working / ".env").write_text("A=file\nB=file")
    monkeypatch.setenv("A", "process")
    monkeypatch.setenv("B", "")
    monkeypatch.delenv("B")
    load_environment(project)
    assert (os.environ["A"], os.environ["B"]) == ("process", "file")


def test_what_flask_has_loaded_counts_as_the_files_(folders, monkeypatch):
    working, project = folders
    (working / ".env").write_text("A=file")
    (working / ".env.dev").write_text("A=stage")
    monkeypatch.setenv("A", "file")
    load_environment(project, {"A": "file"})
    assert os.environ["A"] == "stage"


@pytest.mark.parametrize(
    ("text", "line"),
    [("A=1\nthis is no assignment\n", 2), ("A='1\n", 1), ("=5", 1), ("A\n", 1), ("\n\nA-B=1", 3)],
)
def test_a_malformed_file_is_an_error_with_its_line(folders, text, line):
    working, project = folders
    (working / ".env").write_text(text)
    with pytest.raises(EnvironmentFileError, match=rf"\.env, line {line}: expected NAME=value"):
        read_environment(project)


def test_an_unreadable_file_is_an_error(folders):
    working, project = folders
    (working / ".env").write_bytes(b"A=\xff")
    with pytest.raises(EnvironmentFileError, match="can't be read"):
        read_environment(project)


def _python(*arguments, cwd, **environment):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


SHOWS = """
import os
from coworks_runtime import TechMicroService, entry

class Service(TechMicroService):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        print("A is", os.environ.get("A"), "on", self.stage)

app = Service()
"""


@pytest.mark.parametrize("process", [{}, {"A": "process"}])
def test_flask_s_commands_read_the_files(folders, process):
    working, project = folders
    (project / "shows.py").write_text(SHOWS)
    (working / ".env").write_text("A=file")
    (working / ".env.dev").write_text("A=stage")
    (project / ".env.dev").write_text("A=project")
    result = _python("-m", "flask", "--app", "tech/shows", "routes", cwd=working, **process)
    assert result.returncode == 0, result.stderr
    assert f"A is {process.get('A', 'project')} on dev" in result.stdout
    assert "Stage:" not in result.stdout


def test_flask_s_own_reading_can_be_off(folders):
    working, project = folders
    (project / "shows.py").write_text(SHOWS)
    (working / ".env").write_text("A=file")
    result = _python(
        "-m", "flask", "--app", "tech/shows", "routes", cwd=working, FLASK_SKIP_DOTENV="1"
    )
    assert "A is file on dev" in result.stdout


def test_a_malformed_file_stops_flask_s_commands(folders):
    working, project = folders
    (project / "shows.py").write_text(SHOWS)
    (project / ".env").write_text("A=1\n???\n")
    result = _python("-m", "flask", "--app", "tech/shows", "run", cwd=working)
    assert result.returncode != 0
    assert ".env, line 2: expected NAME=value" in result.stderr


def test_without_a_command_no_file_is_read(folders):
    working, project = folders
    (project / "shows.py").write_text(SHOWS)
    (project / ".env").write_text("A=file")
    assert "A is None on dev" in _python("shows.py", cwd=project).stdout
    assert not list(Path(working).glob("*.log"))
