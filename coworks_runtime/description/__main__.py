"""``python -m coworks_runtime.description``: describes one service after the other.

Reads jobs from stdin and answers on stdout, each a JSON object on a line: what has to be imported
for any service is imported once.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile

from .job import Job, answer


def main() -> int:
    """Answer until there are no more jobs.

    :return: the exit status.
    """
    # What a service prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    jobs = os.fdopen(os.dup(0), encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    for line in jobs:
        asked = json.loads(line)
        with tempfile.TemporaryFile() as said:
            found = answer(
                Job(**asked["job"]),
                said_to=said,
                variables=asked["variables"],
                folder=asked["folder"],
            )
            said.seek(0)
            told = said.read().decode(errors="replace")
        answers.write(json.dumps([found.description, found.problem, told]) + "\n")
        answers.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
