"""Layers that were built for another platform."""

import shutil
import subprocess

import pytest

from coworks_cdk.local.errors import LocalError
from coworks_cdk.local.function import foreign


def elf(machine):
    return b"\x7fELF" + bytes(14) + machine.to_bytes(2, "little") + bytes(20)


def layer(folder, machine=0xB7, *, packages=("thing-1.2.dist-info",)):
    site = folder / "python"
    site.mkdir(parents=True)
    (site / "own.py").write_text("OWN = 1")
    (site / "thing.so").write_bytes(elf(machine))
    for name in packages:
        (site / name).mkdir()
    return folder


def installing(monkeypatch, status=0):
    commands = []

    def run(command, **_):
        commands.append(command)
        target = command[command.index("--target") + 1]
        if not status:
            shutil.os.makedirs(target)
            with open(f"{target}/thing.so", "wb") as stream:
                stream.write(elf(0x3E))
        return subprocess.CompletedProcess(command, status, "", "no such version")

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def native(folder, tmp_path, said):
    return foreign.native(folder, said.append, cache=tmp_path / "cache", here="linux-x86_64")


@pytest.mark.parametrize(
    ("content", "platform"),
    [
        (elf(0x3E), "linux-x86_64"),
        (elf(0xB7), "linux-aarch64"),
        (elf(0x28), "linux-unknown"),
        (b"\xcf\xfa\xed\xfe", "unknown"),
    ],
)
def test_platforms_of_binaries(tmp_path, content, platform):
    binary = tmp_path / "thing.so"
    binary.write_bytes(content)
    assert foreign.built_for(binary) == platform


def test_this_machine():
    system, _, name = foreign.machine().partition("-")
    assert system == foreign.sys.platform
    assert name not in ("amd64", "arm64")


def test_a_layer_of_this_platform_is_taken_as_it_is(tmp_path, monkeypatch):
    commands = installing(monkeypatch)
    folder = layer(tmp_path / "layer", 0x3E)
    assert native(folder, tmp_path, []) == folder
    assert commands == []


def test_a_foreign_layer_is_rebuilt_once(tmp_path, monkeypatch):
    commands = installing(monkeypatch)
    folder = layer(tmp_path / "layer", packages=("thing-1.2.dist-info", "other_one-3.dist-info"))
    said = []
    rebuilt = native(folder, tmp_path, said)
    assert said == [
        "rebuilding other_one==3, thing==1.2 for linux-x86_64: the layer is for linux-aarch64"
    ]
    assert commands[0][-2:] == ["other_one==3", "thing==1.2"]
    assert (rebuilt / "python" / "own.py").read_text() == "OWN = 1"
    assert foreign.built_for(rebuilt / "python" / "thing.so") == "linux-x86_64"
    assert foreign.built_for(folder / "python" / "thing.so") == "linux-aarch64"
    assert native(folder, tmp_path, said) == rebuilt
    assert len(commands) == len(said) == 1


def test_a_foreign_layer_that_does_not_tell_what_it_holds(tmp_path):
    folder = layer(tmp_path / "layer", packages=())
    with pytest.raises(LocalError, match=r"python/thing\.so is built for linux-aarch64, this"):
        native(folder, tmp_path, [])


def test_an_installation_that_fails(tmp_path, monkeypatch):
    installing(monkeypatch, status=1)
    with pytest.raises(LocalError, match=r"installing thing==1\.2 failed: no such version"):
        native(layer(tmp_path / "layer"), tmp_path, [])
    assert list((tmp_path / "cache" / "local").iterdir()) == []


def test_without_uv(tmp_path, monkeypatch):
    monkeypatch.setitem(foreign.sys.modules, "uv", None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(LocalError, match="pip install uv"):
        native(layer(tmp_path / "layer"), tmp_path, [])
    monkeypatch.setattr(shutil, "which", lambda name: "/somewhere/uv")
    commands = installing(monkeypatch)
    native(tmp_path / "layer", tmp_path, [])
    assert commands[0][0] == "/somewhere/uv"
