"""project.cws.yml: defaults by command and by stage, and what is wrong in it."""

import sys

import pytest

from coworks_runtime.cws.configuration import Configuration, read_configuration
from coworks_runtime.cws.errors import CwsError

TOOLS = """
    import click

    @click.command()
    @click.option("--depth", type=int, default=1)
    @click.option("--format-name", default="text")
    def report(depth, format_name):
        print(f"report {depth} {format_name}")

    class Count(click.Command):
        def __init__(self, name):
            super().__init__(name, callback=lambda: print(f"counted by {name}"))

    nothing = 3
"""


@pytest.fixture
def tools(project):
    project.write("tech/tools.py", TOOLS)
    return project


def configure(project, text: str, name: str = "project.cws.yml"):
    return project.write(name, text)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "report 2 text"),
        (("-c", "other"), "report 3 text"),
        (("--config-file", "../here"), "report 4 text"),
        (("--config-file-suffix", ".yaml"), "report 5 text"),
        (("-c", "folder/own", "--config-file-suffix", ".yaml"), "report 6 text"),
    ],
)
def test_another_file_is_named_without_its_suffix(tools, options, told):
    for depth, name in enumerate(
        (
            "project.cws.yml",
            "tech/other.cws.yml",
            "here.cws.yml",
            "project.yaml",
            "tech/folder/own.yaml",
        ),
        2,
    ):
        text = f"commands:\n  report:\n    class: tools.report\n    depth: {depth}\n"
        configure(tools, text, name)
    result = tools(*options, "report")
    assert result.output.strip() == told


def test_a_file_that_is_named_must_be_there(tools):
    result = tools("-c", "none", "report")
    assert result.exit_code == 1
    assert "there is no none.cws.yml in tech nor in" in result.output


@pytest.mark.parametrize(
    ("stage", "arguments", "told"),
    [
        ("dev", (), "report 2 html"),
        ("v1", (), "report 3 html"),
        ("v1", ("--depth", "4"), "report 4 html"),
        ("other", ("--format-name", "json"), "report 2 json"),
    ],
)
def test_the_command_line_wins_over_the_workspace_and_that_over_the_commands(
    tools, stage, arguments, told
):
    configure(
        tools,
        """
        version: 3
        commands:
          report: {class: tools.report, depth: 2, format-name: html}
        workspaces:
          v1:
            commands:
              report: {depth: 3}
          empty:
        """,
    )
    result = tools("--stage", stage, "report", *arguments)
    assert result.output == f"{told}\n"


def test_the_stage_of_a_dotenv_file_chooses_the_workspace(tools):
    configure(
        tools,
        """
        version: 3
        commands: {report: {class: tools.report}}
        workspaces: {v1: {commands: {report: {depth: 3}}}}
        """,
    )
    tools.write(".env", "CWS_STAGE=v1\n")
    assert tools("report").output == "report 3 text\n"
    assert tools("--stage", "dev", "report").output == "report 1 text\n"


def test_a_class_of_commands_is_named_after_its_place(tools):
    configure(tools, "version: 3\ncommands: {count: {class: tools.Count}}")
    assert tools("count").output == "counted by count\n"
    assert "count" in tools("--help").output


def test_a_projects_command_takes_the_place_of_one_that_there_is(tools):
    configure(tools, "version: 3\ncommands: {deploy: {class: tools.Count}}")
    assert tools("deploy").output == "counted by deploy\n"


def test_a_command_in_the_working_directory_is_found(project):
    project.write("tools.py", TOOLS)
    configure(project, "version: 3\ncommands: {report: {class: tools.report}}")
    assert project.process("report").stdout == "report 1 text\n"


def test_the_project_folders_file_wins_over_the_working_directorys(tools):
    configure(tools, "version: 3\ncommands: {report: {class: tools.report, depth: 2}}")
    configure(
        tools,
        "version: 3\ncommands: {report: {class: tools.report, depth: 5}}",
        "tech/project.cws.yml",
    )
    assert tools("report").output == "report 5 text\n"


def test_flasks_own_commands_have_defaults_too(project, monkeypatch):
    served = {}
    monkeypatch.setattr(
        "flask.cli.run_simple",
        lambda host, port, app, **options: served.update(host=host, port=port, **options),
    )
    configure(
        project,
        """
        version: 3
        commands:
          run: {port: 8000, host: localhost, debug: true, reload: false, extra-files: a.txt,
                cert: null}
        """,
    )
    result = project("--app", "hello", "run")
    assert result.exit_code == 0, result.output
    assert "Debug mode: on" in result.output
    assert (served["port"], served["host"]) == (8000, "localhost")
    assert (served["use_reloader"], served["use_debugger"]) == (False, True)
    assert served["extra_files"] == ["a.txt"]
    project("--app", "hello", "run", "-p", "8001")
    assert served["port"] == 8001


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version: 2", "version is 2; it must be 3."),
        ("version: '3'", "version is '3'; it must be 3."),
        ("version: true", "version is True; it must be 3."),
        ("[1]", "[1] must be a mapping"),
        ("version: 3\ncommand: {}", "unknown key 'command'; allowed: version, commands, "),
        ("version: 3\ncommands: [run]", "commands: ['run'] must be a mapping of names"),
        ("version: 3\ncommands: {run: 8000}", "commands.run: 8000 must be a mapping of options"),
        ("version: 3\ncommands: {rum: {}}", "unknown command 'rum'; allowed: bootstrap, deploy,"),
        (
            "version: 3\ncommands: {routes: {prt: 1}}",
            "commands.routes.prt: unknown option; 'routes' has: ",
        ),
        (
            "version: 3\nworkspaces: {dev: {commands: {routes: {prt: 1}}}}",
            "workspaces.dev.commands.routes.prt: unknown option",
        ),
        ("version: 3\nworkspaces: {v1: {run: {}}}", "v1: unknown key 'run'; allowed: commands."),
        (
            "version: 3\nworkspaces: {v1: {commands: {count: {class: tools.Count}}}}",
            "workspaces.v1.commands.count: 'class' defines a command for every stage",
        ),
        ("version: 3\ncommands: {x: {class: tools}}", "'tools' must be a dotted name"),
        ("version: 3\ncommands: {x: {class: 3}}", "3 must be a dotted name"),
        ("version: [", "is not YAML"),
    ],
)
def test_what_is_wrong_is_told_with_the_file_the_key_and_what_is_allowed(project, text, told):
    path = configure(project, text)
    result = project("--app", "hello", "routes")
    assert result.exit_code == 1
    assert str(path) in result.output
    assert told in result.output


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("run: {port: many}", "commands.run.port: 'many' is not a valid integer"),
        ("deploy: {layers: 3}", "commands.deploy.layers: Value must be an iterable"),
        ("deploy: {architecture: arm}", "commands.deploy.architecture: 'arm' is not one of"),
        ("x: {class: nowhere.command}", "commands.x.class: 'nowhere.command' can't be imported"),
        ("x: {class: tools.nope}", "the module 'tools' has no 'nope'"),
        ("x: {class: tools.nothing}", "is 3; it must be a click command"),
        ("x: {class: tools.report, deep: 1}", "commands.x.deep: unknown option; 'x' has: depth,"),
        ("x: {class: tools.Count, deep: 1}", "commands.x.deep: unknown option; 'x' has: none."),
    ],
)
def test_a_value_or_a_class_that_is_none_is_told_when_the_command_is_called(tools, text, told):
    configure(tools, f"version: 3\ncommands: {{{text}}}")
    name = text.partition(":")[0]
    result = tools("--app", "hello", name)
    assert result.exit_code == 1
    assert told in result.output


def test_without_pyyaml_the_error_tells_how_to_install_it(project, monkeypatch):
    path = configure(project, "version: 3")
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(CwsError, match="install it with: pip install pyyaml") as error:
        read_configuration(path)
    assert str(path) in str(error.value)


def test_without_a_file_nothing_is_set():
    assert read_configuration(None) == Configuration()
    assert Configuration().options("run", "dev") == {}


def test_a_projects_command_is_not_imported_before_it_is_called(tools):
    configure(tools, "version: 3\ncommands: {x: {class: nowhere.command}}")
    assert tools("--app", "hello", "routes").exit_code == 0


def test_the_help_tells_what_is_wrong_too(project):
    configure(project, "version: 2")
    result = project("--help")
    assert result.exit_code == 1
    assert "version is 2; it must be 3." in result.output


def test_the_version_may_be_left_out(tools):
    configure(tools, "commands: {report: {class: tools.report, depth: 2}}")
    assert tools("report").output == "report 2 text\n"
    configure(tools, "")
    assert tools("--app", "hello", "routes").exit_code == 0


def test_an_unknown_option_of_another_command_or_stage_stops_nothing(tools):
    configure(
        tools,
        """
        commands:
          deploy: {customer: someone}
          report: {class: tools.report, depth: 2}
        workspaces: {prod: {commands: {report: {deep: 1}}}}
        """,
    )
    assert tools("report").output == "report 2 text\n"
    assert tools("--stage", "prod", "report").exit_code == 1
    assert "commands.deploy.customer: unknown option; 'deploy' has: all" in tools("deploy").output


def test_the_stage_must_be_one_of_api_gateways(project):
    result = project("--stage", "not ok", "--app", "hello", "routes")
    assert result.exit_code == 1
    assert "stage 'not ok': allowed are letters, digits" in result.output
