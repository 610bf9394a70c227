"""The script that a function's process runs."""

import os
import sys

from coworks_cdk.local.function import launcher
from coworks_cdk.local.function.launcher import RuntimePackages


def test_only_the_runtimes_packages_are_found(tmp_path):
    for name in ("boto3", "flask"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    finder = RuntimePackages([str(tmp_path)])
    found = finder.find_spec("boto3")
    assert found is not None
    assert found.origin == str(tmp_path / "boto3" / "__init__.py")
    assert finder.find_spec("flask") is None
    assert finder.find_spec("boto3.session", [str(tmp_path / "boto3")]) is None


def test_the_runtime_client_gets_the_handler(tmp_path, monkeypatch):
    package = tmp_path / "packages" / "awslambdaric"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text("def main(arguments): calls.append(arguments)\ncalls = []")
    for name in [m for m in sys.modules if m.split(".")[0] == "awslambdaric"]:
        monkeypatch.delitem(sys.modules, name)
    # As in the process, where no other folder has the package.
    others = [p for p in sys.path if "site-packages" not in p]
    monkeypatch.setattr(sys, "path", others)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.setenv("COWORKS_LOCAL_PATH", str(tmp_path / "task"))
    monkeypatch.setenv("COWORKS_LOCAL_PACKAGES", str(tmp_path / "packages"))
    monkeypatch.setenv("_HANDLER", "app.handler")
    launcher.main(["/var/runtime/bootstrap.py"])
    assert sys.path[0] == str(tmp_path / "task")
    assert sys.modules["awslambdaric.__main__"].calls == [["bootstrap", "app.handler"]]
    for name in ("awslambdaric", "awslambdaric.__main__"):
        del sys.modules[name]


DEBUGPY = """
import subprocess

def listen(address):
    calls.append(address)
    calls.append(subprocess.Popen(["true"]))

def wait_for_client():
    calls.append("waited")

calls = []
"""


def test_a_debugger_is_waited_for_before_a_wrapper_s_program_runs(tmp_path, monkeypatch, capsys):
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "debugpy.py").write_text(DEBUGPY)
    program = tmp_path / "program.py"
    program.write_text("import sys\nprint(__name__, sys.argv[1:])")
    reading, writing = os.pipe()
    monkeypatch.delitem(sys.modules, "debugpy", raising=False)
    monkeypatch.setattr(sys, "path", [p for p in sys.path if "site-packages" not in p])
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.setattr(sys, "argv", [*sys.argv])
    monkeypatch.setenv("COWORKS_LOCAL_PATH", str(tmp_path / "task"))
    monkeypatch.setenv("COWORKS_LOCAL_PACKAGES", str(packages))
    monkeypatch.setenv("COWORKS_LOCAL_DEBUG", f"5678:{writing}")
    launcher.main([str(program), "given"])
    address, process, waited = sys.modules.pop("debugpy").calls
    assert (address, waited, process.wait(60)) == (("127.0.0.1", 5678), "waited", 0)
    with os.fdopen(reading) as told:
        assert told.read() == f"{process.pid}\n"
    assert capsys.readouterr().out.splitlines() == [
        "waiting for a debugger on 127.0.0.1:5678",
        "the debugger is there",
        "__main__ ['given']",
    ]
    assert not {"COWORKS_LOCAL_DEBUG", "COWORKS_LOCAL_PATH"} & os.environ.keys()
