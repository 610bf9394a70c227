"""Ends a run of the CDK that is refused with the list of what is wrong, once and last.

The CDK reports it through two languages, with a traceback of each and the list in both; nothing of
the tracebacks is the user's.
"""

from __future__ import annotations

import re
import sys
from types import TracebackType

# What the CDK's error says where validations found something, its own error's name aside.
_REFUSAL = re.compile(r"\AValidation\w*: (Validation failed with .*)\Z", re.DOTALL)


def tell_refusals_once() -> None:
    """Show what is wrong in services without tracebacks, where it ends the process.

    A hook that somebody else has set is left alone, and every other exception is shown as ever.
    """
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _show


def _show(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    found = _REFUSAL.match(str(error)) if isinstance(error, RuntimeError) else None
    if found:
        sys.stdout.flush()
        sys.stderr.write(f"{found[1].rstrip()}\n")
        return
    sys.__excepthook__(kind, error, traceback)
