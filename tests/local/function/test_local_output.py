"""The lines of a process's output."""

import os
import threading
import time

from coworks_cdk.local.function.output import IDLE_SECONDS, lines_of
from tests.eventually import eventually


def test_lines_come_whole_and_the_last_without_its_end():
    reading, writing = os.pipe()
    taken = []
    with open(reading, "rb", buffering=0) as stream:
        thread = threading.Thread(target=lines_of, args=(stream, taken.append))
        thread.start()
        os.write(writing, b"one\ntw")
        os.write(writing, b"o\nthree")
        eventually(lambda: b"three" in taken, lambda: taken)
        assert taken[0] == b"one"
        assert b"".join(taken[1:]) == b"twothree"
        os.write(writing, b"four")
        os.close(writing)
        thread.join()
    assert taken[-1] == b"four"


def test_an_object_is_waited_for_however_slowly_it_comes():
    reading, writing = os.pipe()
    taken = []
    with open(reading, "rb", buffering=0) as stream:
        thread = threading.Thread(target=lines_of, args=(stream, taken.append))
        thread.start()
        os.write(writing, b'{"a":')
        time.sleep(4 * IDLE_SECONDS)
        os.write(writing, b" 1}\n{")
        os.close(writing)
        thread.join()
    assert taken == [b'{"a": 1}', b"{"]
