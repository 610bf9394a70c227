"""A process that has one peer's service warm, and measures what it is told to.

Started with the interpreter alone, so that it sees the peer's packages and nothing else::

    python -I -S -B worker.py SERVICE FOLDER...

It reads a JSON list from each line of its input, `[request, calls]`, and answers with
`[CPU nanoseconds of a call, whether the answer is right]`.
"""

import gc
import importlib
import json
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

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
    from requests_sent import EVENTS, is_right

    handler = module.handler
    prepare = getattr(module, "prepare", lambda event: event)
    read = getattr(module, "read", lambda answer: answer)
    for line in sys.stdin:
        request, calls = json.loads(line)
        events = [prepare(json.loads(EVENTS[request])) for _ in range(calls)]
        gc.collect()
        before = time.process_time_ns()
        for event in events:
            answer = handler(event, CONTEXT)
        spent = time.process_time_ns() - before
        answers.write(json.dumps([spent / calls, is_right(request, read(answer))]) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
