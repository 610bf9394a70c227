"""``python -m coworks_runtime.description``: describes one service after the other.

Reads jobs from stdin and answers on stdout, each a JSON object on a line: what has to be imported
for any service is imported once. Jobs that come together are done aside, and answered elsewhere.
"""

from __future__ import annotations

import json
import os
import sys

from .aside import AsideJob, begin_aside
from .job import Job, heard


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
        folder = asked["folder"]
        if "jobs" in asked:
            aside = [AsideJob(Job(**one.pop("job")), **one) for one in asked["jobs"]]
            begin_aside(aside, folder)
            continue
        found, said = heard(Job(**asked["job"]), variables=asked["variables"], folder=folder)
        answers.write(json.dumps([found.description, found.problem, said]) + "\n")
        answers.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
