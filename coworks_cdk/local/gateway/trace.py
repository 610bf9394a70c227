"""Pure: a request's trace id, the client's own where it sends one (recorded 2024-08-07)."""

from __future__ import annotations

import re
import secrets

_ROOT = re.compile(r"1-[0-9a-fA-F]{8}-[0-9a-fA-F]{24}")
_PARENT = re.compile(r"[0-9a-fA-F]{16}")


def trace_of(sent: str | None, now: float) -> str:
    """Give the trace id of a request.

    :param sent: its ``X-Amzn-Trace-Id``, of which the root, the parent and whether it is sampled
        are kept; what is missing is made up.
    :param now: seconds since 1970.
    """
    fields = dict(part.strip().partition("=")[::2] for part in (sent or "").split(";"))
    known = {name.lower(): value for name, value in fields.items()}
    root = known.get("root", "")
    if not _ROOT.fullmatch(root):
        return f"Root=1-{int(now):08x}-{secrets.token_hex(12)}"
    parent = known.get("parent", "")
    if not _PARENT.fullmatch(parent):
        parent = secrets.token_hex(8)
    sampled = known.get("sampled", "0")
    return f"Root={root};Parent={parent};Sampled={sampled if sampled in ('0', '1') else '0'}"
