"""What holds for all tests."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest


def pytest_make_parametrize_id(config, val, argname):
    """Name bytes by their size: as they are, control characters would be in the test's name."""
    return f"{len(val)}-bytes" if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def no_command_is_running():
    """Flask's command says so in the environment, and nobody takes it back in a test's process."""
    yield
    os.environ.pop("FLASK_RUN_FROM_CLI", None)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtestloop(session):
    """Leave out what a process had not written when a test ended it: it can't be combined."""
    result = yield
    measuring = session.config.pluginmanager.get_plugin("_cov")
    if "PYTEST_XDIST_WORKER" not in os.environ and measuring and measuring.cov_controller:
        data = Path(measuring.cov_controller.cov.config.data_file).absolute()
        for file in data.parent.glob(f"{data.name}.*"):
            if not is_whole(file):
                file.unlink()
    return result


def is_whole(file):
    """Whether a database has all of its pages."""
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(file)) as database:
        return database.execute("PRAGMA quick_check").fetchone() == ("ok",)
    return False
