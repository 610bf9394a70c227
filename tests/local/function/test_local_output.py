"""The lines of a process's output."""

import os
import threading
import time

import pytest

from coworks_cdk.local.function.output import IDLE_SECONDS, lines_of
from tests.eventually import eventually


@pytest.fixture
def output():
    """What is written to, what lines are taken, and what waits until it is closed and all are."""
    reading, writing = os.pipe()
    taken = []
    with open(reading, "rb", buffering=0) as stream:
        thread = threading.Thread(target=lines_of, args=(stream, taken.append), daemon=True)
        thread.start()

        def end():
            os.close(writing)
            thread.join()

        yield writing, taken, end


def test_lines_come_whole_and_the_last_without_its_end(output):
    writing, taken, end = output
    os.write(writing, b"one\ntw")
    os.write(writing, b"o\nthree")
    eventually(lambda: b"three" in taken, lambda: taken)
    assert taken[0] == b"one"
    assert b"".join(taken[1:]) == b"twothree"
    os.write(writing, b"four")
    end()
    assert taken[-1] == b"four"


def test_an_object_is_waited_for_however_slowly_it_comes(output):
    writing, taken, end = output
    os.write(writing, b'{"a":')
    time.sleep(4 * IDLE_SECONDS)
    os.write(writing, b" 1}\n{")
    end()
    assert taken == [b'{"a": 1}', b"{"]
