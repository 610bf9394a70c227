"""The gateway itself without root's right to write where modes forbid it, as users run it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
HANDLER = """
def handler(event, context):
    try:
        open("written", "w")
    except OSError as error:
        return {"statusCode": 200, "body": f"one {error.errno}"}
"""
SCRIPT = f"""
import os, pathlib, sys, urllib.request
from coworks_cdk.local.function import read_only
if os.geteuid() == 0:
    read_only._obey_modes()
from coworks_cdk.local.session import Session, Settings
from tests.local.assemblies import service, write

source = {HANDLER!r}
folder = write(pathlib.Path(sys.argv[1]), service(), {{"app.py": source, "sub/a.txt": "x"}})
with Session(Settings(folder, port=0)) as session:
    url = session.urls()[0][1]
    (arn,) = session.model.functions
    print(urllib.request.urlopen(url).read().decode())
    session.update(arn, {{"app.py": source.replace("one", "two").encode()}})
    print(urllib.request.urlopen(url).read().decode())
"""


def test_functions_are_served_changed_and_removed(tmp_path):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "cdk.out")],
        env={**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "one 30\ntwo 30\n", done.stderr
    assert os.listdir(temporary) == []
