"""``--synth`` and ``--watch``: what is served follows what is edited."""

import shlex
import sys
from pathlib import Path

import pytest

from coworks_cdk.local.errors import LocalError
from coworks_cdk.local.project.services import Service, describe
from coworks_cdk.local.template.assembly import read_assembly
from coworks_cdk.local.template.model import read_model
from tests.local.assemblies import service, write
from tests.local.test_local_command import fetch, run, running

ROOT = Path(__file__).parents[2]
# A service, which in its function's process (it has no layers here) is a plain handler.
SOURCES = """
try:
    from coworks_runtime import TechMicroService, entry
except ImportError:
    def app(event, context):
        return {"statusCode": 200, "body": "one"}
else:
    class Service(TechMicroService):
        @entry(no_auth=True)
        def get(self):
            return ""

    app = Service()
"""
# Stands for the CDK's command: an assembly with what the project folder holds.
SYNTH = f"""
import pathlib, sys
sys.path.insert(0, {str(ROOT)!r})
from tests.local.assemblies import function, method, service, write

sources = {{path.name: path.read_text() for path in pathlib.Path("tech").glob("*.py")}}
if "broken" in sources["app.py"]:
    sys.exit("a broken service")
variables = {{"CWS_STAGE": pathlib.Path("stage.txt").read_text()}}
resources = service(
    Function=function("code", "app.app", Environment={{"Variables": variables}}),
    **({{"Post": method("POST")}} if "def post" in sources["app.py"] else {{}}),
)
write(pathlib.Path("cdk.out"), resources, sources, services={{"Service": "tech"}})
print("synthesized it")
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tech").mkdir()
    (tmp_path / "tech" / "app.py").write_text(SOURCES)
    (tmp_path / "stage.txt").write_text("dev")
    (tmp_path / "synth").write_text(SYNTH)
    return tmp_path


COMMAND = ("--port", 0, "--synth", shlex.join([sys.executable, "synth"]))


def edit(project, before, after):
    file = project / "tech" / "app.py"
    assert before in file.read_text()
    file.write_text(file.read_text().replace(before, after))


def test_code_and_routes_while_it_runs(project):
    with running(*COMMAND, "--watch") as command:
        command.wait_for("synthesizing: there is no cdk.out: done in")
        url = command.wait_for(r"^Service  (http://\S+)$")[1]
        assert fetch(url) == b"one"
        edit(project, '"one"', '"two"')
        command.wait_for(r"tech/app\.py changed: new code for Service, \d+\.\d s")
        assert fetch(url) == b"two"
        # Nothing that a synth makes something of: a docstring, and the lines of what follows.
        edit(project, "            return", '            """Say nothing."""\n            return')
        command.wait_for("new code for Service", times=2)
        assert not any("synthesized and reloaded" in line for line in command.lines)
        edit(
            project, "        @entry", "        @entry\n        def post(self): ...\n        @entry"
        )
        command.wait_for(r"tech/app\.py changed: synthesized and reloaded")
        command.wait_for(r"new: Service: POST /$")
        assert fetch(url) == b"two"
        (project / "tech" / "more.py").write_text("")
        command.wait_for(r"tech/more\.py new: synthesized and reloaded")
        command.wait_for("the routes are the same")
        edit(project, "class Service", "broken = undefined\n    class Service")
        command.wait_for(
            "still serving what was there before: the service 'app:app' of 'tech' can't be imported",
        )
        assert fetch(url) == b"two"
        edit(project, "broken = undefined\n    class", "class")
        command.wait_for("changed: new code for Service", times=3)
        assert command.stop() == 0


def test_what_is_up_to_date_is_not_synthesized(project):
    with running(*COMMAND) as command:
        command.wait_for("Press CTRL")
    with running(*COMMAND) as command:
        command.wait_for("Press CTRL")
        assert not any("synthesizing" in line for line in command.lines)
    edit(project, '"one"', '"two"')
    with running(*COMMAND) as command:
        url = command.wait_for(r"^Service  (http://\S+)$")[1]
        command.wait_for(r"synthesizing: tech/app\.py changed at \S+: done")
        assert fetch(url) == b"two"
    with running(*COMMAND, "--fresh") as command:
        command.wait_for("synthesizing: asked for: done")
        command.wait_for("Press CTRL")
        assert command.stop() == 0


def test_the_stage_asked_for_or_none(project):
    (project / "stage.txt").write_text("prod")
    with running(*COMMAND, "--stage", "prod") as command:
        command.wait_for("Press CTRL")
    done = run(*COMMAND, "--stage", "dev")
    assert done.returncode == 1
    assert "synthesizing: cdk.out is of the stage prod, not dev" in done.stderr
    assert "Error: the stage dev was asked for" in done.stderr
    with running(*COMMAND, "--prefer-stage", "dev") as command:
        command.wait_for("Press CTRL")


def test_a_synth_that_fails(project):
    edit(project, "class Service", "broken = 1\n    class Service")
    done = run(*COMMAND)
    assert done.returncode == 1
    assert "a broken service" in done.stderr
    assert "failed; what it said stands above" in done.stderr
    done = run("--synth", "no-such-command-at-all")
    assert "can't be run: No such file" in done.stderr


def test_watching_needs_a_command():
    done = run("--watch")
    assert (done.returncode, done.stderr) == (
        1,
        "Error: --watch and --fresh need --synth, the command that synthesizes\n",
    )


def test_a_service_in_a_package(tmp_path):
    model = read_model(read_assembly(write(tmp_path / "cdk.out", service())))
    (function,) = model.functions.values()
    assert Service(function, tmp_path).app == "app:handler"
    with pytest.raises(LocalError, match=r"the service 'app:handler' of .* can't be imported"):
        describe([Service(function, tmp_path)])
