"""Why an assembly has to be synthesized anew."""

import os

import pytest

from coworks_cdk.local.project.freshness import why_synthesize
from tests.local.assemblies import function, service, write


def of_stage(stage):
    return service(Function=function("code", Environment={"Variables": {"CWS_STAGE": stage}}))


@pytest.fixture
def assembly(tmp_path):
    return write(tmp_path / "cdk.out", of_stage("dev"))


def test_what_is_right_is_served(assembly):
    older = (assembly / "manifest.json").stat().st_mtime_ns - 1
    state = {assembly.parent / "app.py": (older, 1)}
    assert why_synthesize(assembly, state, "dev") is None
    assert why_synthesize(assembly, {}, None) is None


def test_nothing_there(tmp_path):
    assert why_synthesize(tmp_path / "cdk.out", {}, "dev") == "there is no cdk.out"


def test_an_assembly_without_assets(tmp_path):
    folder = write(tmp_path / "cdk.out", service(), {"app.py": ""})
    os.unlink(folder / "asset.code" / "app.py")
    assert "holds no assets" in why_synthesize(folder, {}, None)


def test_another_stage(assembly):
    why = why_synthesize(assembly, {}, "prod")
    assert why == "cdk.out is of the stage dev, not prod"


def test_a_stage_that_no_function_tells_is_any(tmp_path):
    assert why_synthesize(write(tmp_path / "cdk.out", service()), {}, "prod") is None


def test_newer_sources(assembly, monkeypatch):
    monkeypatch.chdir(assembly.parent)
    newer = (assembly / "manifest.json").stat().st_mtime_ns + 1
    state = {assembly.parent / "app.py": (1, 1), assembly.parent / "tech" / "a.py": (newer, 1)}
    assert why_synthesize(assembly, state, "dev").startswith("tech/a.py changed at ")
