"""The lock of what CoworksLayer holds."""

import re
import tomllib
from pathlib import Path

from coworks_cdk.packaging.build import RUNTIME_LOCK

ROOT = Path(__file__).parents[3]


def test_it_asks_for_what_the_distribution_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = RUNTIME_LOCK.with_suffix(".in").read_text().splitlines()
    runtime = {line for line in asked if line and not line.startswith("#")}
    assert {re.match(r"\w+", line)[0] for line in runtime} == {"flask", "msgspec", "werkzeug"}
    assert runtime <= set(project["dependencies"])


def test_everything_is_pinned_by_hash_from_no_index_in_particular() -> None:
    text = RUNTIME_LOCK.read_text()
    assert "://" not in text
    requirements = re.sub(r"\\\n", "", re.sub(r"(?m)^\s*#.*\n", "", text)).splitlines()
    assert len(requirements) >= 8
    for requirement in requirements:
        assert re.match(r"[a-z0-9-]+==[\d.]+ .*--hash=sha256:[0-9a-f]{64}", requirement)
