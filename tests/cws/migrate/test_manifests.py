"""What asks for CoWorks in pyproject.toml, Pipfile, setup.py and setup.cfg."""

import tomllib
from pathlib import Path

import pytest

from coworks_runtime.cws.migrate.manifests import locked, migrate_manifest

REQUIREMENT = "coworks-cdk[all] @ file:///a/b.whl"


@pytest.mark.parametrize(
    ("name", "line", "expected"),
    [
        ("pyproject.toml", 'dependencies = ["coworks"]', f'dependencies = ["{REQUIREMENT}"]'),
        (
            "pyproject.toml",
            """dependencies = ["coworks[all]>=0.9,<1 ; python_version > '3'"]""",
            f'dependencies = ["{REQUIREMENT}"]',
        ),
        (
            "pyproject.toml",
            'dependencies = ["a", "CoWorks[all] >=0.9,<1", "b"]',
            f'dependencies = ["a", "{REQUIREMENT}", "b"]',
        ),
        ("pyproject.toml", 'name = "coworks"', 'name = "coworks"'),
        ("pyproject.toml", 'x = ["coworks-tools", "mycoworks"]', 'x = ["coworks-tools", "mycoworks"]'),
        (
            "Pipfile",
            'coworks = {version = "*", extras = ["all"]}',
            'coworks-cdk = { file = "file:///a/b.whl", extras = ["all"] }',
        ),
        ("setup.py", "    install_requires=['coworks==0.9'],", f"    install_requires=['{REQUIREMENT}'],"),
        ("setup.cfg", "    coworks>=0.9", f"    {REQUIREMENT}"),
    ],
)  # fmt: skip
def test_a_line_asks_for_this_package(name, line, expected):
    text = f"{line}\n"
    changed, left = migrate_manifest(text, Path(name), REQUIREMENT)
    assert changed == f"{expected}\n"
    assert left == []
    assert migrate_manifest(changed, Path(name), REQUIREMENT) == (changed, [])


@pytest.mark.parametrize(
    ("requirement", "asked"),
    [
        (REQUIREMENT, {"url": "file:///a/b.whl", "extras": ["all"]}),
        ("coworks-cdk[all]==1.2", {"version": "==1.2", "extras": ["all"]}),
        ("coworks-cdk[all]", {"version": "*", "extras": ["all"]}),
    ],
)
def test_a_table_of_dependencies(requirement, asked):
    text = """[tool.poetry]
name = "coworks"

[tool.poetry.dependencies]
python = "^3.11"
coworks = "^0.9"  # the framework

[tool.poetry.group.dev.dependencies]
coworks = { version = "^0.9", extras = ["all"] }
"""
    changed, left = migrate_manifest(text, Path("pyproject.toml"), requirement)
    poetry = tomllib.loads(changed)["tool"]["poetry"]
    assert poetry["name"] == "coworks"
    assert poetry["dependencies"] == {"python": "^3.11", "coworks-cdk": asked}
    assert poetry["group"]["dev"]["dependencies"] == {"coworks-cdk": asked}
    assert "# the framework" in changed
    assert left == []


def test_what_is_left_is_told_with_its_line():
    text = "[tool.poetry.dependencies.coworks]\nversion = '^0.9'\n"
    changed, left = migrate_manifest(text, Path("pyproject.toml"), REQUIREMENT)
    assert changed == text
    assert [str(finding) for finding in left] == [
        f"pyproject.toml:1: asks for coworks: ask for {REQUIREMENT}"
    ]


def test_a_lock_is_to_be_made_anew():
    (told,) = locked('{"coworks": {}}', Path("Pipfile.lock"))
    assert "pipenv lock" in str(told)
    assert list(locked('name = "coworks-cdk"', Path("poetry.lock"))) == []
