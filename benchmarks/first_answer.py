"""A new process until its first answer, as the report of what that took.

Started with the interpreter alone::

    python -I -S -B first_answer.py SERVICE FOLDER... < EVENT

It prints a JSON object: `cpu` in seconds, from the process's start; `memory`, its peak in KiB;
`answer`.
"""

import sys
import time


def main() -> None:
    import json

    service, *folders = sys.argv[1:]
    event = json.load(sys.stdin)
    sys.path[:0] = folders
    module = __import__(service)
    event = getattr(module, "prepare", lambda event: event)(event)
    answer = module.handler(event, None)
    cpu = time.process_time()
    memory = _peak()
    answer = getattr(module, "read", lambda answer: answer)(answer)
    if isinstance(answer["body"], bytes):
        answer["body"] = answer["body"].decode()
    print(json.dumps({"cpu": cpu, "memory": memory, "answer": answer}))


def _peak() -> int:
    # Not ru_maxrss, which a process inherits from the one that started it.
    try:
        # Nothing is imported that the service itself may not need.
        with open("/proc/self/status") as status:  # noqa: PTH123
            line = next(line for line in status if line.startswith("VmHWM"))
        return int(line.split()[1])
    except FileNotFoundError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
