"""Projects of CoWorks as they are found: older keys, odd values, other encodings and line ends."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from coworks_runtime.cws import cws
from coworks_runtime.cws.configuration import read_configuration
from coworks_runtime.cws.migrate.project import plan_migration
from coworks_runtime.cws.migrate.project_file import migrate_project_file
from coworks_runtime.cws.migrate.stack import option_value, stack_source

SERVICE = """from coworks import TechMicroService, entry


class A(TechMicroService):
    @entry
    def get(self):
        return "é"


app = A()
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with one service, which is the working directory."""
    (tmp_path / "tech").mkdir()
    (tmp_path / "tech" / "a.py").write_text(SERVICE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def migrate(*arguments):
    return CliRunner().invoke(cws, ["migrate", *arguments])


def test_what_older_versions_had_in_the_file_is_told_and_taken_out(project):
    file = project / "project.cws.yml"
    file.write_text(
        "version: 2\ncommands:\n  run:\n    port: 5001\nservices:\n  - module: a\n    service: app\n"
    )
    result = migrate("--write")
    assert result.exit_code == 0, result.output
    assert "project.cws.yml:1: version 2 is made 3" in result.output
    assert "project.cws.yml:5: services is left out: it means nothing here" in result.output
    assert file.read_text() == "version: 3\ncommands:\n  run:\n    port: 5001\n"
    assert read_configuration(file).options("run", "dev") == {"port": 5001}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("commands:\n  run: 5\n", "commands.run: 5 must be a mapping of options"),
        ("commands: [a]\nworkspaces:\n", r"commands: ['a'] must be a mapping of names"),
        ("workspaces:\n  dev:\n    run: {}\n", "workspaces.dev: unknown key 'run'"),
    ],
)
def test_what_cws_will_refuse_is_told(text, told):
    migrated = migrate_project_file(text, Path("project.cws.yml"))
    (finding,) = migrated.findings
    assert str(finding).startswith(f"project.cws.yml: cws can't read the file: {told}")
    assert yaml.safe_load(migrated.text) == {"version": 3, **yaml.safe_load(text)}


WITHOUT_CLASS = """version: 3
commands:
  zip: {}
  mail:
  ship:
    class: coworks.cws.deploy.deploy_command
    bucket: my-bucket
    profile-name: me
  terraform:
    class: coworks.cws.terraform.terraform_command
    refresh: yes
  report:
    class: tools.report
    title: T
  run:
    port: 5001  # stays
workspaces:
  prod:
    commands:
      report: {title: P}
      zip:
        bucket: b
      ship:
        memory-size: 256
  v1:
    commands:
      zip: {}
"""


def test_commands_that_nobody_has_here_are_told_and_taken_out(project):
    file = project / "project.cws.yml"
    file.write_text(WITHOUT_CLASS)
    (project / "tools.py").write_text(
        "import click\n\n\n@click.command()\n@click.option('--title')\n"
        "def report(title):\n    print('title', title)\n"
    )
    shown = migrate("--write")
    assert shown.exit_code == 0, shown.output
    for line, name in ((3, "zip"), (4, "mail"), (21, "zip"), (27, "zip")):
        assert f"project.cws.yml:{line}: {name} is left out: no command here is called so" in (
            shown.output
        )
    assert "project.cws.yml:10: coworks.cws.terraform.terraform_command has no" in shown.output
    assert file.read_text() == (
        "version: 3\ncommands:\n  ship:\n    class: coworks.cws.deploy.deploy_command\n"
        "    profile-name: me\n  report:\n    class: tools.report\n    title: T\n  run:\n"
        "    port: 5001  # stays\nworkspaces:\n  prod:\n    commands:\n      report: {title: P}\n"
    )
    assert "256" in (project / "app.py").read_text()
    listed = CliRunner().invoke(cws, ["--help"])
    assert listed.exit_code == 0, listed.output
    assert {"ship", "report", "run"} <= set(listed.output.split())
    for arguments in (["run", "--help"], ["ship", "--help"], ["--stage", "prod", "report"]):
        ran = CliRunner().invoke(cws, arguments)
        assert ran.exit_code == 0, ran.output
    routes = CliRunner().invoke(cws, ["--app", "a", "routes"])
    assert routes.exit_code == 0, routes.output


@pytest.mark.parametrize(
    "text",
    [
        "commands:\n  zip: {}\n",
        "commands: {zip: {}}\n",
        "commands:\n  zip:\n",
        "commands: {zip: {a: 1}, run: {port: 1}}\n",
        "workspaces: {dev: {commands: {zip: {}}}}\n",
        "workspaces:\n  dev:\n    commands:\n      zip: {bucket: b}\n",
        "version: 2\ncommands:\n  deploy: {bucket: b}\n  zip:\n    class: coworks.x.zip_command\n",
    ],
)
def test_what_is_left_of_a_file_is_taken_by_cws(project, text):
    (project / "project.cws.yml").write_text(text)
    assert migrate("--write").exit_code == 0
    ran = CliRunner().invoke(cws, ["--app", "a", "routes"])
    assert ran.exit_code == 0, ran.output
    assert "/" in ran.output


def test_values_that_are_none_are_told_and_left_out():
    text = (
        "commands:\n  deploy:\n    memory-size: much\n    timeout:\n    python: [3.12]\n"
        "    ignore: {a: b}\n  destroy:\n"
    )
    migrated = migrate_project_file(text, Path("project.cws.yml"))
    assert [str(finding) for finding in migrated.findings] == [
        "project.cws.yml:3: memory_size is left out: got 'much', expected a whole number",
        "project.cws.yml:4: timeout is left out: got None, expected one value",
        "project.cws.yml:6: ignore is left out: got {'a': 'b'}, expected texts",
    ]
    assert migrated.options == {None: {"runtime": "3.12"}}


@pytest.mark.parametrize(
    ("prop", "value", "expected"),
    [
        ("timeout", "60", 60),
        ("memory_size", 256.0, 256),
        ("memory_size", [512], 512),
        ("runtime", 3.1, "3.1"),
        ("exclude", "*.md", ["*.md"]),
        ("exclude", ["a", 1], ["a", "1"]),
        ("authorization_header", "X-Key", "X-Key"),
    ],
)
def test_a_value_as_yaml_has_it(prop, value, expected):
    assert option_value(prop, value) == expected


@pytest.mark.parametrize(
    ("prop", "value"),
    [
        ("timeout", True),
        ("timeout", [1, 2]),
        ("memory_size", float("inf")),
        ("runtime", "python3.12"),
        ("exclude", [None]),
        ("subnets", None),
    ],
)
def test_a_value_that_is_none(prop, value):
    with pytest.raises(ValueError, match=r"got .*, expected "):
        option_value(prop, value)


def test_the_stack_is_python_whatever_the_values_hold():
    options = {
        None: {"exclude": ['a"b', "c\\d", "é"], "runtime": "3.1"},
        "prod": {"runtime": "3.12"},
    }
    source = stack_source([("a", "app")], options, folder="tech", class_name="AStack", name="a")
    compile(source, "app.py", "exec")
    assert """PROPS: dict[str, Any] = {"exclude": ["a\\"b", "c\\\\d", "é"]}""" in source
    assert "Runtime.PYTHON_3_12" in source
    assert "PYTHON_3_1}" not in source


def test_encodings_and_line_ends_stay(project):
    latin = f"# -*- coding: latin-1 -*-\n{SERVICE}"
    (project / "tech" / "latin.py").write_text(latin, encoding="latin-1", newline="\r\n")
    (project / "tech" / "marked.py").write_text(SERVICE, encoding="utf-8-sig")
    assert migrate("--write").exit_code == 0
    expected = latin.replace("from coworks ", "from coworks_runtime ").replace("\n", "\r\n")
    assert (project / "tech" / "latin.py").read_bytes() == expected.encode("latin-1")
    marked = (project / "tech" / "marked.py").read_bytes()
    assert marked.startswith(b"\xef\xbb\xbffrom coworks_runtime import")
    assert b"\r" not in marked


def test_a_file_that_is_no_text_is_told_and_stops_nothing(project):
    (project / "tech" / "other.py").write_bytes(b"\xff\xfei\x00")
    (project / "tech" / "unknown.py").write_bytes(b"# coding: klingon\nfrom coworks import entry\n")
    plan = plan_migration(project, Path("tech"))
    told = [str(finding) for finding in plan.findings]
    assert "tech/other.py: can't be read as text: look yourself what of CoWorks is in it" in told
    assert Path("tech/a.py") in {change.file for change in plan.changes}
