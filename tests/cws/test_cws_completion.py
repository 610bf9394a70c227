"""What the shell is offered."""

import contextvars

import pytest
from click.shell_completion import BashComplete

from coworks_runtime.cws import CwsScriptInfo, cws


def offered(*words: str) -> list[str]:
    *arguments, incomplete = words
    shell = BashComplete(cws, {}, "cws", "_CWS_COMPLETE")
    # A shell's process ends then; here the service's context is left behind in a copy.
    items = contextvars.copy_context().run(shell.get_completions, list(arguments), incomplete)
    return [item.value for item in items]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["de"], ["deploy", "deployed", "destroy"]),
        (["--app", "h"], ["hello"]),
        (["--app", "x"], []),
        (["--app", "hello", "gr"], ["greet"]),
        (["deploy", "--prof"], ["--profile-name"]),
        (["--app", "hello", "run", "--po"], ["--port"]),
    ],
)
def test_commands_services_and_options_are_completed(project, words, expected):
    assert offered(*words) == expected


def test_a_wrong_configuration_is_no_matter_while_completing(project):
    project.write("project.cws.yml", "version: 2")
    assert offered("ro") == ["routes"]


def test_the_shell_s_script_is_printed(project):
    result = project.process(_CWS_COMPLETE="bash_source")
    assert result.returncode == 0
    assert "_CWS_COMPLETE=bash_complete" in result.stdout


def test_a_script_info_is_of_the_default_project_folder():
    info = CwsScriptInfo()
    assert str(info.project_dir) == "tech"
    assert info.stage == "dev"
