"""A small load on the local gateway; ``python -m benchmarks.load`` is the large one."""

import pytest

from benchmarks.load import load


@pytest.mark.parametrize("kill", [0, 2])
def test_every_answer_is_right_under_load(assembly, kill):
    report = load(assembly, requests=600, concurrency=50, kill=kill)
    assert report.wrong == []
    assert report.sent == 600
    assert report.killed == kill
    assert report.lost <= kill
