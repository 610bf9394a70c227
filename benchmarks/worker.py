"""A process that has one peer's service warm, and measures what it is told to.

Started with the interpreter alone, so that it sees the peer's packages and nothing else::

    python -I -S -B worker.py SERVICE FOLDER...

It reads a JSON list from each line of its input, `[request, calls]`, and answers with
`[CPU nanoseconds of a call, nanoseconds of encoding alone, whether the answer is right]`. The
second is for `/zip`: what the base64 encoding of its bytes costs without the service, measured
between the calls, because it depends on the state of the heap.
"""

import base64
import gc
import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

Handler = Callable[[object, object], object]

CONTENT = bytes(range(256)) * 4096
WARM_UP = 3
"""Calls before the measured ones, for the caches of the machine and the heap to settle."""
CONTEXT = SimpleNamespace(
    function_name="service",
    function_version="$LATEST",
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:service",
    memory_limit_in_mb=128,
    aws_request_id="c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
    log_group_name="/aws/lambda/service",
    log_stream_name="2026/01/01/[$LATEST]0123456789abcdef",
    get_remaining_time_in_millis=lambda: 3000,
)


def main() -> None:
    service, *folders = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w")
    # A service's own prints and logs are a part of its cost, but no answer of this process.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.path[:0] = [*folders, str(Path(__file__).resolve().parent)]
    module = importlib.import_module(service)
    from requests_sent import EVENTS, ZIP, is_right  # type: ignore[import-not-found]

    prepare = getattr(module, "prepare", lambda event: event)
    read = getattr(module, "read", lambda answer: answer)
    for line in sys.stdin:
        request, calls = json.loads(line)
        events = [prepare(json.loads(EVENTS[request])) for _ in range(calls + WARM_UP)]
        gc.collect()
        for event in events[:WARM_UP]:
            answer = module.handler(event, CONTEXT)
        measure = alternate if request == ZIP else batch
        spent, encoding, answer = measure(module.handler, events[WARM_UP:])
        right = is_right(request, read(answer))
        answers.write(json.dumps([spent / calls, encoding / calls, right]) + "\n")
        answers.flush()


def batch(handler: Handler, events: list[object]) -> tuple[int, int, object]:
    """Measure short calls together: reading the clock would be a part of each."""
    before = time.process_time_ns()
    for event in events:
        answer = handler(event, CONTEXT)
    return time.process_time_ns() - before, 0, answer


def alternate(handler: Handler, events: list[object]) -> tuple[int, int, object]:
    """Measure long calls, each followed by the encoding alone."""
    spent = encoding = 0
    for event in events:
        start = time.process_time_ns()
        answer = handler(event, CONTEXT)
        between = time.process_time_ns()
        alone = encode()
        spent += between - start
        encoding += time.process_time_ns() - between
    del alone
    return spent, encoding, answer


def encode() -> dict[str, object]:
    """Do nothing but what a binary answer can't do without."""
    return {"statusCode": 200, "body": base64.b64encode(CONTENT).decode("ascii")}


if __name__ == "__main__":
    main()
