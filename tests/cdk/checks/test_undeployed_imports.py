"""Synth warnings of what is there where the app is synthesized, and not in the function."""

import re
import sys

import pytest
from aws_cdk import App, Stack

from coworks_cdk import CoworksMicroService
from coworks_cdk.checks import imports

SERVICE = """
from coworks_runtime import TechMicroService, entry


class Service(TechMicroService):
    @entry(no_auth=True)
    def get(self):
        return ""


app = Service(name="service")
"""


@pytest.fixture
def warnings(tmp_path, layer_arn):
    """The warnings of a service with these lines on top."""

    def warnings(lines, **props):
        (tmp_path / "service.py").write_text(lines + SERVICE)
        stack = Stack(App(), "Stack")
        props.setdefault("coworks_layer", layer_arn)
        service = CoworksMicroService(
            stack, "Service", app="service", project_dir=tmp_path, **props
        )
        found = [one for one in service.node.metadata if one.type == "aws:cdk:warning"]
        return [str(one.data) for one in found]

    warnings.folder = tmp_path
    return warnings


def test_a_distribution_that_is_not_required(warnings):
    (warning,) = warnings("import requests\n")
    assert "service.py, line 1, imports 'requests' of the distribution requests" in warning
    assert "isn't deployed" in warning
    assert "coworks:undeployed-module" in warning


def test_a_distribution_named_otherwise_and_imported_by_another_module(warnings):
    (warnings.folder / "helper.py").write_text("\n\ndef load():\n    import yaml\n\nload()\n")
    (warning,) = warnings("import helper\n")
    assert "helper.py, line 4, imports 'yaml' of the distribution" in warning
    assert "pyyaml" in warning.lower()


def test_a_folder_beside_the_project(warnings, tmp_path_factory, monkeypatch):
    beside = tmp_path_factory.mktemp("beside")
    (beside / "shared_words.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(beside))
    (warning,) = warnings("from shared_words import *\n")
    assert f"imports 'shared_words' from {beside / 'shared_words.py'}" in warning
    assert "outside the project folder" in warning


@pytest.mark.parametrize(
    "lines",
    [
        "import boto3, botocore.session\n",
        "import flask, werkzeug.exceptions, msgspec, coworks_runtime\n",
        "import json, xml.dom, sqlite3\n",
        "def later():\n    import no_such_package\n",
        "try:\n    import no_such_package\nexcept ImportError:\n    pass\n",
    ],
)
def test_what_is_there_when_deployed(warnings, lines):
    assert warnings(lines) == []


def test_a_link_to_a_module_that_lies_elsewhere_ships(warnings, tmp_path_factory):
    beside = tmp_path_factory.mktemp("linked")
    (beside / "linked_words.py").write_text("")
    (warnings.folder / "linked_words.py").symlink_to(beside / "linked_words.py")
    assert warnings("import linked_words\n") == []


def test_a_folder_beside_the_project_by_a_path_through_it(warnings, tmp_path_factory):
    beside = tmp_path_factory.mktemp("through")
    (beside / "words_through.py").write_text("")
    path = f"{warnings.folder}/../{beside.name}"
    (warning,) = warnings(f"import sys; sys.path.append({path!r})\nimport words_through\n")
    assert f"imports 'words_through' from {beside}" in warning


def test_a_module_of_the_project(warnings):
    (warnings.folder / "helper").mkdir()
    (warnings.folder / "helper" / "inner.py").write_text("")
    assert warnings("import helper.inner\n") == []


def test_a_layer_of_elsewhere_may_hold_it(warnings, layer_arn):
    assert warnings("import requests\n", layers=[layer_arn.replace("coworks", "other")]) == []


def test_a_required_distribution(warnings, tmp_path):
    (tmp_path / "requirements.txt").write_text("colorama\n")
    pytest.importorskip("colorama")
    assert warnings("import colorama\n") == []


def test_an_import_longer_than_the_init_phase(warnings, monkeypatch):
    (warnings.folder / "slow_one.py").write_text("import time\ntime.sleep(0.4)\n")
    (warnings.folder / "slower_one.py").write_text("import slow_one, time\ntime.sleep(0.8)\n")
    assert warnings("import slower_one\n") == []
    monkeypatch.setattr(imports, "INIT_SECONDS", 1.0)
    (warning,) = warnings("import slower_one\n")
    assert "coworks:slow-import" in warning
    # As long as they sleep, and a busy machine's time beside.
    found = re.search(r"slower_one (\d\.\d) s.*\bslow_one (\d\.\d) s", warning, re.S)
    assert float(found[1]) >= 0.8 and float(found[2]) >= 0.4
    assert "Lambda's init phase" in warning


def test_modules_are_not_imported_here(warnings):
    warnings("import requests\n")
    assert "service" not in sys.modules
