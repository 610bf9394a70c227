"""The command that prints a service's entry map.

``python -m coworks_runtime.entry_map hello:app --project-dir tech`` prints it as a JSON list;
with ``--service`` what a deployment needs to know of the service, entry map included. What the
service itself prints goes to stderr.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from .entry_records import Entry, entry_map

__all__ = ["Entry", "entry_map", "main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the entry map of a service.

    :param arguments: the command line, by default the process's.
    :return: the exit status: 0, or 1 where the service can't be loaded.
    """
    # Imported here: CoworksLayer has the records, and nothing that describes a service.
    from .description.job import Job, answer

    parser = argparse.ArgumentParser(prog="python -m coworks_runtime.entry_map")
    parser.add_argument("app", help="module:variable, for example hello:app")
    parser.add_argument("--project-dir", type=Path, default=Path(), help="the sources' folder")
    parser.add_argument("--service", action="store_true", help="print all a deployment needs")
    options = parser.parse_args(arguments)
    found = answer(Job(options.app, str(options.project_dir)))
    if found.description is None:
        print(found.problem, file=sys.stderr)
        return 1
    shown = found.description if options.service else found.description["entries"]
    json.dump(shown, sys.stdout, indent=2, sort_keys=options.service)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
