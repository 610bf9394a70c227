"""Services that the same program had read before are read side by side, and no others."""

import os
import subprocess
import sys
import time
from pathlib import Path
from weakref import WeakKeyDictionary

import pytest

from coworks_cdk import descriptions, last_synth
from coworks_cdk.describer import AsideReading, Describer
from coworks_cdk.description_process import DescriptionError
from coworks_cdk.descriptions import Descriptions
from coworks_cdk.last_synth import LastSynth, ReadService

SOURCE = """\
import json
import os
import time
from pathlib import Path

with open({notes!r} + "/imports", "a") as log:
    log.write("{name}\\n")
wanted = Path({notes!r}, "meet")
if wanted.exists():
    Path({notes!r}, "{name}-is-here").touch()
    others = [Path({notes!r}, f"{{other}}-is-here") for other in wanted.read_text().split()]
    end = time.monotonic() + 90
    while not all(other.exists() for other in others) and time.monotonic() < end:
        time.sleep(0.01)
if "{name}" in Path({notes!r}, "fails").read_text().split():
    raise RuntimeError("it fails now")
once = Path({notes!r}, "{name}-fails-once")
if once.exists():
    once.unlink()
    raise RuntimeError("it fails beside others")

from coworks_runtime import TechMicroService, entry

try:
    from further import DATA
except ImportError:
    DATA = json.loads(Path(__file__).with_name("data.json").read_text())


class Service(TechMicroService):
    @entry(no_auth=True)
    def get(self):
        return "{name}"


app = Service(name=f"{name}-{{DATA}}-{{os.environ.get('LIMIT', '')}}-{{os.environ['CWS_STAGE']}}")
"""


class Root:
    """What an app's root is to the descriptions."""


class Program:
    """A program that has services read, and may be run again."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.monkeypatch = folder, monkeypatch
        self.tech, self.notes, self.main = folder / "tech", folder / "notes", folder / "app.py"
        self.tech.mkdir()
        self.notes.mkdir()
        (self.notes / "fails").write_text("")
        (self.tech / "data.json").write_text("1")
        self.main.write_text("a program")
        for name in "abc":
            self.write(name)

    def write(self, name, more=""):
        source = SOURCE.format(name=name, notes=str(self.notes))
        (self.tech / f"{name}.py").write_text(source + more)

    def run(self):
        """The descriptions of an app of a process that begins now."""
        # What was written until now is older than what is read from now on.
        time.sleep(0.05)
        self.monkeypatch.setattr(Descriptions, "_apps", [])
        self.monkeypatch.setattr(Descriptions, "_of_apps", WeakKeyDictionary())
        self.root = Root()
        return Descriptions.of(self.root)

    def read(self, found, names, **environment):
        told = {}
        for name in names:
            variables = {"CWS_STAGE": "dev", **environment}
            with found.read(name, project_dir=str(self.tech), environment=variables) as reading:
                told[name] = reading.result()
        return {name: one.name for name, one in told.items()}

    def declare(self, names, **environment):
        """Run the program to its end."""
        found = self.run()
        told = self.read(found, names, **environment)
        found._remember()
        return told

    @property
    def imports(self):
        log = self.notes / "imports"
        return sorted(log.read_text().split()) if log.exists() else []

    def await_import(self, name, times):
        end = time.monotonic() + 90
        while self.imports.count(name) < times and time.monotonic() < end:
            time.sleep(0.01)
        assert self.imports.count(name) == times


@pytest.fixture
def program(tmp_path, monkeypatch):
    monkeypatch.setenv("COWORKS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        sys.modules["__main__"], "__file__", str(tmp_path / "app.py"), raising=False
    )
    monkeypatch.setattr(descriptions.atexit, "register", lambda _: None)
    yield Program(tmp_path, monkeypatch)
    Describer.end_all()


def test_they_are_read_side_by_side_and_once(program):
    first = {name: f"{name}-1--dev" for name in "abc"}
    assert program.declare("abc") == first
    (program.notes / "meet").write_text("a b c")
    assert program.declare("abc") == first
    assert program.imports == ["a", "a", "b", "b", "c", "c"]


def test_those_with_variables_are_read_beside_those_with_the_same_ones(program):
    program.declare("abc", LIMIT="a value that is known to nobody")
    (program.notes / "meet").write_text("a b c")
    told = program.declare("abc", LIMIT="a value that is known to nobody")
    assert told["c"] == "c-1-a value that is known to nobody-dev"
    assert len(program.imports) == 6
    (kept,) = (program.folder / "cache" / "programs").iterdir()
    assert "known to nobody" not in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0 or kept.parent.stat().st_mode & 0o077 == 0


def test_other_variables_are_another_reading(program):
    program.declare("abc", LIMIT="1")
    assert program.declare("abc", LIMIT="2")["c"] == "c-1-2-dev"
    assert len(program.imports) == 6


def of_its_sources(program):
    program.main.write_text("another program")


def of_its_environment(program):
    program.monkeypatch.setenv("WHICH_SERVICES", "fewer")


def of_its_arguments(program):
    program.monkeypatch.setattr(sys, "orig_argv", [*sys.orig_argv, "fewer"])


def of_its_folder(program):
    program.monkeypatch.chdir(program.tech)


def of_what_is_remembered(program):
    for kept in (program.folder / "cache" / "programs").iterdir():
        kept.write_text("{")


def of_the_switch(program):
    program.monkeypatch.setenv("COWORKS_READ_AHEAD", "0")


def test_what_is_no_longer_declared_is_not_imported(program):
    program.declare("abc")
    of_its_sources(program)
    program.declare("a")
    Describer.end_all()
    assert program.imports == ["a", "a", "b", "c"]


@pytest.mark.parametrize(
    "change",
    [
        of_its_sources,
        of_its_environment,
        of_its_arguments,
        of_its_folder,
        of_what_is_remembered,
        of_the_switch,
    ],
)
def test_another_program_expects_nothing(program, change):
    services = [ReadService("a", str(program.tech), "dev", "digest")]
    last = LastSynth.of_this_program()
    last.remember(services)
    assert LastSynth.of_this_program().services() == (last.salt, services)
    change(program)
    changed = LastSynth.of_this_program()
    assert changed is None or changed.services() == ("", [])


def test_of_two_apps_in_a_process_nothing_is_remembered(program):
    found = program.run()
    program.read(found, "ab")
    other = Root()
    Descriptions.of(other)
    found._remember()
    assert list((program.folder / "cache" / "programs").iterdir()) == []


def a_module(program):
    program.write("b", "\napp.name = 'b-2'\n")


def a_file_of_data(program):
    (program.tech / "data.json").write_text("2")


def a_new_module(program):
    (program.tech / "further.py").write_text("DATA = 2\n")


@pytest.mark.parametrize("change", [a_module, a_file_of_data, a_new_module])
def test_what_has_changed_since_it_was_read_is_read_again(program, change):
    program.declare("ab")
    found = program.run()
    program.read(found, "a")
    program.await_import("b", 2)
    change(program)
    told = program.read(found, "b")
    assert told["b"].startswith("b-2")
    assert program.imports.count("b") == 3


def test_another_environment_of_the_process_is_another_reading(program, monkeypatch):
    program.declare("ab")
    found = program.run()
    program.read(found, "a")
    program.await_import("b", 2)
    monkeypatch.setenv("LANG", "C.UTF-8" if os.environ.get("LANG") == "C" else "C")
    program.read(found, "b")
    assert program.imports.count("b") == 3


def test_a_failure_beside_others_is_told_of_the_service_by_itself(program):
    program.declare("ab")
    (program.notes / "fails").write_text("b")
    found = program.run()
    program.read(found, "a")
    with pytest.raises(DescriptionError, match="RuntimeError: it fails now"):
        program.read(found, "b")


def test_a_failure_because_of_others_is_none(program):
    program.declare("ab")
    (program.notes / "b-fails-once").touch()
    assert program.declare("ab") == {"a": "a-1--dev", "b": "b-1--dev"}
    assert program.imports == ["a", "a", "b", "b", "b"]


def test_where_no_file_can_be_opened_they_are_read_as_they_are_declared(program, monkeypatch):
    program.declare("ab")

    def begin(*_):
        raise OSError("Too many open files")

    monkeypatch.setattr(AsideReading, "begin", begin)
    assert program.declare("ab")["b"] == "b-1--dev"
    assert len(program.imports) == 4


def test_a_process_that_is_gone_is_begun_anew(program):
    program.declare("ab")
    (program.notes / "meet").write_text("a")
    found = program.run()
    program.read(found, "a")
    Describer.end_all()
    assert program.read(found, "b")["b"] == "b-1--dev"


@pytest.mark.parametrize("kept", ["", "[]", "{}", '{"sources": 1, "services": []}', "\xff"])
def test_what_is_remembered_may_be_anything(tmp_path, kept):
    file = tmp_path / "program.json"
    file.write_bytes(kept.encode("latin-1"))
    assert LastSynth(file, str(tmp_path / "app.py")).services() == ("", [])


def test_what_is_no_program_of_the_users_is_not_remembered(monkeypatch):
    main = sys.modules["__main__"]
    for file in (pytest.__file__, os.__file__):
        monkeypatch.setattr(main, "__file__", file, raising=False)
        assert LastSynth.of_this_program() is None
    monkeypatch.delattr(main, "__file__", raising=False)
    assert LastSynth.of_this_program() is None


def test_a_cache_that_others_may_write_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(
        sys.modules["__main__"], "__file__", str(tmp_path / "app.py"), raising=False
    )
    monkeypatch.setenv("COWORKS_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache").chmod(0o777)
    assert LastSynth.of_this_program() is None


def test_what_is_not_run_for_a_month_is_forgotten(tmp_path):
    old = tmp_path / "old.json"
    old.write_text("{}")
    os.utime(old, (1, 1))
    LastSynth(tmp_path / "program.json", str(tmp_path / "app.py")).remember([])
    assert [file.name for file in tmp_path.iterdir()] == ["program.json"]


PROGRAM = """\
from coworks_cdk.descriptions import Descriptions


class Root:
    pass


root = Root()
for name in "ab":
    found = Descriptions.of(root).read(name, project_dir="TECH", environment={"CWS_STAGE": "dev"})
    print(found.result().name)
"""


def test_a_program_that_is_run_twice(program):
    program.main.write_text(PROGRAM.replace("TECH", str(program.tech)))
    root = Path(last_synth.__file__).parent.parent
    environment = {**os.environ, "PYTHONPATH": str(root)}
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "app.py"],
            cwd=program.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, "a-1--dev\nb-1--dev\n"), done.stderr
        (program.notes / "meet").write_text("a b")
    assert program.imports == ["a", "a", "b", "b"]
    assert (program.notes / "b-is-here").exists()
