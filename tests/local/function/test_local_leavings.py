"""What ends what a gateway leaves."""

import signal
import subprocess

from coworks_cdk.local.function import leavings
from coworks_cdk.local.function.keeper import Keeper


def test_what_is_left():
    assert leavings.left_of(["+1\n", "+2\n", "-1\n", "-3\n"]) == [2]


def test_the_groups_and_the_folder_go(tmp_path, monkeypatch):
    monkeypatch.setattr(leavings.signal, "signal", lambda *_: None)
    folder = tmp_path / "laid-out"
    (folder / "task").mkdir(parents=True)
    (folder / "task" / "app.py").touch()
    (folder / "task").chmod(0o500)
    process = subprocess.Popen(["sleep", "600"], start_new_session=True)
    leavings.main(str(folder), [f"+{process.pid}\n", "+99999999\n"])
    assert process.wait(30) == -signal.SIGKILL
    assert not folder.exists()


def test_a_keeper_that_was_killed_is_no_harm(tmp_path):
    keeper = Keeper(tmp_path)
    keeper.started(99999999)
    keeper._process.kill()
    keeper._process.wait()
    keeper.ended(99999999)
    keeper.started(99999998)
    keeper.close()
