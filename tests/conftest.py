"""What holds for all tests."""


def pytest_make_parametrize_id(config, val, argname):
    """Name bytes by their size: as they are, control characters would be in the test's name."""
    return f"{len(val)}-bytes" if isinstance(val, bytes) else None
