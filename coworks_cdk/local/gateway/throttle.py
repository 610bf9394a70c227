"""A stage's throttling: a token bucket."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic


class Bucket:
    """Lets ``burst`` requests through at once and ``rate`` a second after that."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = monotonic) -> None:
        """Start with a full bucket."""
        self._rate, self._burst, self._clock = rate, burst, clock
        self._level = float(burst)
        self._last = clock()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Tell whether a request may pass."""
        with self._lock:
            now = self._clock()
            self._level = min(self._burst, self._level + (now - self._last) * self._rate)
            self._last = now
            if self._level < 1:
                return False
            self._level -= 1
            return True
