"""What holds for all tests."""

import os

import pytest


def pytest_make_parametrize_id(config, val, argname):
    """Name bytes by their size: as they are, control characters would be in the test's name."""
    return f"{len(val)}-bytes" if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def no_command_is_running():
    """Flask's command says so in the environment, and nobody takes it back in a test's process."""
    yield
    os.environ.pop("FLASK_RUN_FROM_CLI", None)
