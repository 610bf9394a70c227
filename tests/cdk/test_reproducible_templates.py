"""The same source gives the same template and assets: other folder, other umask, other times."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

APP = """
from aws_cdk import App, Stack
from coworks_cdk import CoworksMicroService

app = App(outdir="out")
stack = Stack(app, "Stack")
CoworksMicroService(
    stack,
    "Service",
    app="everything",
    project_dir="tech",
    coworks_layer="arn:aws:lambda:eu-west-1:123456789012:layer:coworks:1",
)
app.synth()
"""


def synthesize(folder, services, *, umask, time, cache):
    before = os.umask(umask)
    try:
        shutil.copytree(services, folder / "tech", copy_function=shutil.copyfile)
        for file in sorted(folder.rglob("*")):
            os.utime(file, (time, time))
        (folder / "app.py").write_text(APP)
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "COWORKS_CACHE_DIR": str(cache)}
        subprocess.run([sys.executable, "app.py"], cwd=folder, env=environment, check=True)
    finally:
        os.umask(before)
    return folder / "out"


@pytest.fixture(scope="module")
def outputs(tmp_path_factory, services):
    one, two = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("deeper") / "two"
    two.mkdir()
    return [
        synthesize(one, services, umask=0o022, time=1_000_000_000, cache=one / "cache"),
        synthesize(two, services, umask=0o077, time=1_700_000_000, cache=two / "cache"),
    ]


def test_templates_are_the_same_byte_for_byte(outputs):
    one, two = ((out / "Stack.template.json").read_bytes() for out in outputs)
    assert one == two


def test_assets_are_the_same(outputs):
    assets = [
        {
            str(file.relative_to(out)): (file.read_bytes(), file.stat().st_mode & 0o777)
            for file in sorted(out.glob("asset.*/**/*"))
            if file.is_file()
        }
        for out in outputs
    ]
    assert assets[0]
    assert assets[0] == assets[1]


def test_nothing_is_written_into_the_sources(outputs):
    for out in outputs:
        assert not list((out.parent / "tech").rglob("__pycache__"))
