"""token: a good one, in the dotenv file where it counts."""

import os
import re

import pytest

TOKEN = re.compile(r"^TOKEN=([A-Za-z0-9_-]{43})$", re.MULTILINE)


def test_a_token_is_put_into_env_and_isnt_shown(project):
    result = project("token")
    assert result.exit_code == 0
    text = (project.folder / ".env").read_text()
    (token,) = TOKEN.findall(text)
    assert token not in result.output
    assert "TOKEN is in .env." in result.output
    assert (project.folder / ".env").stat().st_mode & 0o777 == 0o600


def test_each_stage_has_its_own(project):
    os.environ["CWS_STAGE"] = "v1"
    project("token")
    project("--stage", "prod", "token")
    first, second = (
        TOKEN.findall((project.folder / name).read_text())[0] for name in (".env", ".env.prod")
    )
    assert first != second
    assert not (project.folder / ".env.v1").exists()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("A=1\nTOKEN=\nB=2\n", "A=1\nTOKEN=X\nB=2\n"),
        ("A=1", "A=1\nTOKEN=X\n"),
        ("TOKEN=''", "TOKEN=X"),
        ("# TOKEN=old\n", "# TOKEN=old\nTOKEN=X\n"),
        ("MY_TOKEN=old\n", "MY_TOKEN=old\nTOKEN=X\n"),
    ],
)
def test_the_rest_of_the_file_stays(project, before, after):
    project.write(".env", before)
    assert project("token").exit_code == 0
    text = (project.folder / ".env").read_text()
    assert TOKEN.sub("TOKEN=X", text) == after


@pytest.mark.parametrize("line", ["TOKEN=mine", "export TOKEN = 'mine'"])
def test_a_token_that_is_there_is_kept_unless_forced(project, line):
    project.write(".env", f"{line}\n")
    result = project("token")
    assert result.exit_code == 1
    assert "cws token --force" in result.output
    assert "mine" not in result.output
    assert (project.folder / ".env").read_text() == f"{line}\n"
    assert project("token", "--force").exit_code == 0
    assert TOKEN.search((project.folder / ".env").read_text())


def test_the_file_of_the_project_folder_that_wins_is_the_one_that_changes(project):
    project.write("tech/.env", "TOKEN=\n")
    assert "tech/.env" in project("token").output
    assert TOKEN.search((project.folder / "tech" / ".env").read_text())
    assert not (project.folder / ".env").exists()


def test_a_file_that_cannot_be_read_or_written_is_told(project):
    (project.folder / ".env").mkdir()
    result = project("token")
    assert result.exit_code == 1
    assert ".env can't be read" in result.output
