"""Calls that go on in threads: what is logged there belongs to the call that started it.

A new thread starts with an empty context, and a thread of a pool keeps the context that it was
started in. Nothing but the current call is handed on: Flask's request is not there in a thread,
with these logs as without them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from threading import Thread
from typing import Any

from coworks_runtime.observing.call import Call, current_call

_POOLS = "concurrent.futures.thread"
_MARK = "_coworks_hands_on_calls"


def hand_on_calls() -> None:
    """Let threads, and what is given to pools of threads, belong to the call that starts them."""
    if not hasattr(Thread.start, _MARK):
        setattr(Thread, "start", _starting(Thread.start))  # noqa: B010 - typed as read only
    _reach_pools()


def _starting(start: Callable[[Thread], None]) -> Callable[[Thread], None]:
    @wraps(start)
    def start_in_call(thread: Thread) -> None:
        _reach_pools()
        call = current_call.get()
        if call is not None:
            run = thread.run

            def run_in_call() -> None:
                current_call.set(call)
                del thread.run
                run()

            thread.run = run_in_call  # type: ignore[method-assign]
        start(thread)

    setattr(start_in_call, _MARK, True)
    return start_in_call


def _reach_pools() -> None:
    """Reach the pools of threads too, from when something has imported them."""
    module = sys.modules.get(_POOLS)
    pool = getattr(module, "ThreadPoolExecutor", None)
    if pool is not None and not hasattr(pool.submit, _MARK):
        pool.submit = _submitting(pool.submit)


def _submitting(submit: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(submit)
    def submit_in_call(pool: Any, function: Callable[..., Any], /, *args: Any, **kw: Any) -> Any:
        return submit(pool, _within, current_call.get(), function, args, kw)

    setattr(submit_in_call, _MARK, True)
    return submit_in_call


def _within(
    call: Call | None, function: Callable[..., Any], args: tuple[Any, ...], kw: dict[str, Any]
) -> Any:
    token = current_call.set(call)
    try:
        return function(*args, **kw)
    finally:
        current_call.reset(token)
