"""Regular expressions that are compiled when they are used.

Flask, Werkzeug and what they import compile some fifty when they are imported, which takes a tenth
of a function's start, and a first answer uses a few of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_compile = re.compile


@contextmanager
def compiling_late() -> Iterator[None]:
    """Let what modules compile in this context wait for its first use."""
    re.compile = _LatePattern  # type: ignore[assignment]
    try:
        yield
    finally:
        re.compile = _compile


class _LatePattern:
    """Stands for a pattern, and hands on to it. To whoever asks, it is one."""

    def __init__(self, pattern: Any, flags: Any = 0) -> None:
        self._late = pattern, flags

    def _compiled(self) -> re.Pattern[Any]:
        own = vars(self)
        if "_pattern" not in own:
            own["_pattern"] = _compile(*self._late)
        pattern: re.Pattern[Any] = own["_pattern"]
        return pattern

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._compiled(), name)
        vars(self)[name] = value  # next time it is found at once
        return value

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return re.Pattern

    def __eq__(self, other: object) -> bool:
        real = other._compiled() if type(other) is _LatePattern else other
        return bool(self._compiled() == real)

    def __hash__(self) -> int:
        return hash(self._compiled())

    def __repr__(self) -> str:
        return repr(self._compiled())

    def __copy__(self) -> re.Pattern[Any]:
        return self._compiled()

    def __deepcopy__(self, _memo: dict[int, Any]) -> re.Pattern[Any]:
        return self._compiled()

    def __reduce__(self) -> Any:
        real = self._compiled()
        return _compile, (real.pattern, real.flags)

    def __reduce_ex__(self, _protocol: Any) -> Any:
        return self.__reduce__()


_LatePattern.__name__ = re.Pattern.__name__  # whoever looks at its type's name finds a pattern
