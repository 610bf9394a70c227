"""What a description compiles is kept beside modules that are installed, and nowhere else."""

import importlib
import site
import sys
import uuid

import pytest

from coworks_runtime.description.bytecode import leave_sources_alone


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A folder where modules are installed, in a process that hasn't imported anything of it."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.setattr(site, "USER_SITE", str(folder))
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "path_hooks", [*sys.path_hooks])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return folder


def is_kept(folder, source="VALUE = 1\n"):
    """Whether the bytecode of a new module in this folder is."""
    name = f"module_{uuid.uuid4().hex}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.py").write_text(source)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    assert importlib.import_module(name).VALUE == 1
    kept = [file.name.split(".")[0] for file in folder.glob("__pycache__/*.pyc")]
    assert set(kept) <= {name}
    return bool(kept)


@pytest.mark.parametrize(
    ("folder", "kept"),
    [
        ("site-packages", True),
        ("site-packages/package", True),
        ("site-packages-of-mine", False),
        ("tech", False),
        ("tech/deeper", False),
        ("shared", False),
    ],
)
def test_beside_what_is_installed_alone(installed, folder, kept):
    leave_sources_alone(installed.parent / "tech")
    assert is_kept(installed.parent / folder) is kept
    assert sys.dont_write_bytecode


def test_a_service_that_is_installed_is_a_source_all_the_same(installed):
    leave_sources_alone(installed / "service")
    assert not is_kept(installed / "service")
    assert is_kept(installed / "other")


def test_an_environment_in_the_project_is_installed(installed):
    leave_sources_alone(installed.parent)
    assert is_kept(installed)
    assert not is_kept(installed.parent / "tech")


def test_what_an_installed_module_imports_of_the_sources(installed):
    leave_sources_alone(installed.parent / "tech")
    sources = installed.parent / "tech"
    sources.mkdir()
    (sources / "of_the_sources.py").write_text("VALUE = 1\n")
    sys.path.insert(0, str(sources))
    try:
        assert is_kept(installed, "from of_the_sources import VALUE\n")
    finally:
        del sys.modules["of_the_sources"]
    assert [file.name for file in sources.rglob("*")] == ["of_the_sources.py"]


def test_nowhere_where_nothing_is_to_be_written(installed, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    leave_sources_alone(installed.parent / "tech")
    assert not is_kept(installed)


def test_a_folder_that_cannot_be_written(installed):
    (installed / "__pycache__").write_text("no folder")
    leave_sources_alone(installed.parent / "tech")
    assert not is_kept(installed)
