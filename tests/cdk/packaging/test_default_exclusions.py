"""What is left out by default, what ``include`` takes back in, and what is said of it."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from coworks_cdk.packaging import PackagingError, source_tree
from coworks_cdk.packaging.function_build import FunctionBuild
from tests.cdk.packaging.project_files import TARGET, write

# Of no key pair that there ever was.
PRIVATE = "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


def ships(project: Path, *exclude: str, include: Sequence[str] = ()) -> set[str]:
    return {file.name for file in FunctionBuild.of(project, TARGET, exclude, include).tree.files}


def warnings(project: Path, exclude: Sequence[str] = (), include: Sequence[str] = ()) -> set[str]:
    return {text for _, text in FunctionBuild.of(project, TARGET, exclude, include).warnings()}


def test_private_keys_are_told_by_their_content(project: Path) -> None:
    for name in ("private.pem", "inner/chain.pem", "id_rsa", "inner/id_of_mine"):
        write(project, name, CERTIFICATE + PRIVATE)
    write(project, "ca.pem", CERTIFICATE)
    write(project, "id_words.txt", "apple\n")
    write(project, "id_keys.py", f"A = {PRIVATE!r}\n")
    (project / "link.txt").symlink_to(project / "private.pem")
    assert ships(project) == {"app.py", "ca.pem", "id_words.txt", "id_keys.py"}
    assert ships(project, include=["private.pem"]) == {
        "app.py", "ca.pem", "id_words.txt", "id_keys.py", "private.pem", "link.txt",
    }  # fmt: skip


def test_the_requirements_files_of_the_service_are_left_out_whatever_their_names(
    project: Path,
) -> None:
    for name in ("needs [x].lst", "more.lst", "other.lst"):
        write(project, name)
    files = [project / "needs [x].lst", project / "more.lst", project.parent / "elsewhere.txt"]
    tree = FunctionBuild.of(project, TARGET, requirements=files).tree
    assert [file.name for file in tree.files] == ["app.py", "other.lst"]
    tree = FunctionBuild.of(project, TARGET, include=["more.lst"], requirements=files).tree
    assert [file.name for file in tree.files] == ["app.py", "more.lst", "other.lst"]


@pytest.mark.parametrize(
    ("include", "taken"),
    [
        ([".well-known"], {".well-known/a.json", ".well-known/.b"}),
        ([".*"], {".well-known/a.json", ".well-known/.b", ".flag", ".aws/config"}),
        (["tests"], {"tests/data.json", "tests/test_x.py", "tests/.c", "tests/k.key"}),
        (["tests/data.json"], {"tests/data.json"}),
        (["/tests/*.py"], {"tests/test_x.py"}),
        (["ab_test.py"], {"ab_test.py"}),
        # A name reaches into no folder that is left out.
        (["*.key"], {"server.key"}),
        (["data.json", "test_x.py"], set()),
        (["./tests/.c"], {"tests/.c"}),
        (["requirements.txt"], {"requirements.txt"}),
        # What never ships.
        ([".env", ".env.*", ".git/**", "*.pyc", "__pycache__"], set()),
        (["venv", "mine/lib"], set()),
    ],
)
def test_include_takes_back_in(project: Path, include: list[str], taken: set[str]) -> None:
    for name in (
        ".env", ".env.dev", ".git/config", ".well-known/a.json", ".well-known/.b", ".flag",
        ".aws/config", "tests/data.json", "tests/test_x.py", "tests/.c", "tests/k.key",
        "tests/.env", "tests/__pycache__/x.cpython-311.pyc", "ab_test.py", "server.key",
        "requirements.txt", "venv/pyvenv.cfg", "mine/pyvenv.cfg", "mine/lib/x.py",
    ):  # fmt: skip
        write(project, name)
    assert ships(project, include=include) == {"app.py", *taken}


def test_exclude_wins_over_include(project: Path) -> None:
    write(project, ".well-known/a.json")
    write(project, ".well-known/secret.json")
    assert ships(project, "secret.json", include=[".well-known"]) == {
        "app.py", ".well-known/a.json",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("import ab_test", "ab_test.py"),
        ("import os, inner.ab_test as x", "inner/ab_test.py"),
        ("from ab_test import value", "ab_test.py"),
        ("from inner import ab_test", "inner/ab_test.py"),
        ("from inner.ab_test import value", "inner/ab_test.py"),
        ("import tests.data", "tests"),
        ("from tests import data", "tests"),
        ("def f():\n    from tests.data import x", "tests"),
        ("try:\n    import conftest\nexcept ImportError:\n    pass", "conftest.py"),
        ("import mine", "mine.py"),
    ],
)
def test_what_is_left_out_although_it_is_imported_is_told(
    project: Path, statement: str, named: str
) -> None:
    for name in ("ab_test.py", "inner/__init__.py", "inner/ab_test.py", "tests/__init__.py",
                 "tests/data.py", "conftest.py", "mine.py"):  # fmt: skip
        write(project, name)
    write(project, "app.py", f"{statement}\n")
    (told,) = warnings(project, ["mine.py"])
    assert told.startswith(f"project/app.py imports {named}, which is left out of the function's")
    taken = [] if named == "mine.py" else ["tests", "*_test.py", "conftest.py"]
    assert warnings(project, include=taken) == set()


def test_modules_with_the_names_of_others_are_told(project: Path) -> None:
    for name in ("random.py", "email/__init__.py", "flask.py", "inner/json.py", "queue/data.json",
                 "msgspec/__init__.py", "token.txt"):  # fmt: skip
        write(project, name)
    assert {text.partition(":")[0] for text in warnings(project)} == {
        "project/email/__init__.py has the name of Python's module email",
        "project/flask.py has the name of CoworksLayer's module flask",
        "project/random.py has the name of Python's module random",
    }


def test_relative_imports_are_followed(project: Path) -> None:
    write(project, "inner/deep/ab_test.py")
    write(project, "inner/ab_test.py")
    write(project, "inner/deep/__init__.py", "from . import ab_test\n")
    write(project, "inner/deep/x.py", "from .. import ab_test\n")
    assert {text.partition(", which")[0] for text in warnings(project)} == {
        "project/inner/deep/__init__.py imports inner/deep/ab_test.py",
        "project/inner/deep/x.py imports inner/ab_test.py",
    }


@pytest.mark.parametrize(
    "source",
    [
        "import boto3, botocore.config",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import ab_test",
        "import typing\nif typing.TYPE_CHECKING:\n    from tests import data",
        "import other.ab_test",
        "ab_test = 1",
        "import ab_test as",
    ],
)
def test_what_is_not_imported_or_is_in_lambda_is_not_told(project: Path, source: str) -> None:
    for name in ("ab_test.py", "tests/data.py", "boto3/__init__.py", "botocore/__init__.py"):
        write(project, name)
    write(project, "inner/x.py", f"{source}\n")
    assert not [text for text in warnings(project) if "imports" in text]


def test_what_looks_like_a_credential_and_ships_is_told(project: Path) -> None:
    secret = "kept" + "x" * 36
    for name, text in {
        "secrets.json": "{}",
        "inner/credentials": "",
        "settings.py": f"A = 1\nKEY = 'AKIA{'A2' * 8}'\n",
        "inner/config.ini": f"aws_secret_access_key = {secret}\n",
        "token.txt": f"ghp_{'a1' * 18}",
        "key.py": f'A = """{PRIVATE}"""\n',
        "db.py": f"URL = 'postgres://me:{secret}@db.example.com/x'\n",
        "fine.py": "URL = 'https://example.com:443/a@b'\nB = '-----BEGIN PRIVATE KEY-----'\n"
        "C = f'postgres://{user}:{password}@host/x'\nAWS_SECRET_ACCESS_KEY = None\n",
    }.items():
        write(project, name, text)
    found = warnings(project)
    assert {text.partition(" ships")[0] for text in found} == {
        "project/secrets.json", "project/inner/credentials", "project/settings.py:2",
        "project/inner/config.ini:1", "project/token.txt:1", "project/key.py:1", "project/db.py:1",
    }  # fmt: skip
    assert not [text for text in found if secret in text or "AKIA" in text or "ghp_" in text]
    write(project, "server.key")
    assert any("server.key" in text for text in warnings(project, include=["server.key"]))


def test_sizes_are_checked_before_anything_is_read(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, size in {"a/model.bin": 200, "b.bin": 60}.items():
        path = write(project, name)
        os.truncate(path, size * 1024 * 1024)  # a hole: nothing is on the disk
    monkeypatch.setattr(source_tree, "_read", lambda *_: pytest.fail("read"))
    with pytest.raises(
        PackagingError,
        match=r"260 MB of sources, the largest being a/model.bin \(200 MB\), b.bin.*takes 250 MB",
    ):
        FunctionBuild.of(project, TARGET)
