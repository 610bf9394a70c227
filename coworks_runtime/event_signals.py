"""Signals around an event that is no request, for what traces or measures a service.

Both are sent in the application's context, the service being the sender.
"""

from __future__ import annotations

from blinker import Namespace

_signals = Namespace()

event_started = _signals.signal("event-started")
"""Before a method takes an event; ``name`` is the method's."""

event_finished = _signals.signal("event-finished")
"""After it; ``exception`` is what it raised, ``None`` where it returned."""
