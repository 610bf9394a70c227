"""The settings of the user's pip are honoured when the environment is made."""

import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def setup() -> ModuleType:
    location = ROOT / "scripts" / "setup_environment.py"
    spec = importlib.util.spec_from_file_location("setup_environment", location)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pips_settings_become_uvs(setup: ModuleType) -> None:
    config = (
        ":env:.find-links='/wheels /more'\n"
        "global.index-url='https://mirror.example/simple'\n"
        "global.extra-index-url='https://a.example/simple\\nhttps://b.example/simple'\n"
        "global.cert='/etc/ca.pem'\n"
        "install.no-deps='false'\n"
        "not a setting\n"
    )
    assert setup.uv_settings(config.replace("\\n", " "), {"SSL_CERT_FILE": "/mine.pem"}) == {
        "UV_FIND_LINKS": "/wheels,/more",
        "UV_DEFAULT_INDEX": "https://mirror.example/simple",
        "UV_INDEX": "https://a.example/simple https://b.example/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }


def test_the_last_of_two_settings_wins(setup: ModuleType) -> None:
    config = "global.timeout='15'\nuser.timeout='60'\n"
    assert setup.uv_settings(config, {}) == {"UV_HTTP_TIMEOUT": "60"}


def test_settings_survive_make(setup: ModuleType, tmp_path: Path) -> None:
    value = "https://me:p$ss#word@mirror.example/simple"
    (tmp_path / "Makefile").write_text(
        setup.as_make({"UV_DEFAULT_INDEX": value}) + "all:\n\t@printenv UV_DEFAULT_INDEX\n"
    )
    done = subprocess.run(
        ["make", "--no-print-directory"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert done.stdout == f"{value}\n"


def test_one_package_is_taken_out_of_the_lock(setup: ModuleType) -> None:
    lock = (ROOT / "requirements-dev.txt").read_text()
    lines = setup.locked(lock, "uv").splitlines()
    assert lines[0].startswith("uv==")
    assert all("--hash=" in line or line.lstrip().startswith("#") for line in lines[1:])
    with pytest.raises(SystemExit, match="no line for nonesuch"):
        setup.locked(lock, "nonesuch")


def test_too_old_a_python_is_told(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "setup_environment.py").touch()
    done = subprocess.run(
        ["make", "PYTHON=false", ".venv/.installed"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "Python 3.11 or newer is needed, and none of false is one." in done.stderr
    assert not (tmp_path / ".venv").exists()
