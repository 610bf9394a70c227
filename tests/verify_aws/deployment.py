"""Stacks that are there for a while, and gone afterwards whatever happens."""

import contextlib
import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _interrupt(_number, _frame):
    raise KeyboardInterrupt


@contextlib.contextmanager
def _handling(handler):
    before = {number: signal.signal(number, handler) for number in SIGNALS}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


@contextlib.contextmanager
def deployed(deploy, destroy):
    """Deploy, and destroy in the end.

    Interruptions end what is done in between, a deploy under way too; they don't end the destruction.

    :param deploy: gives what the context is.
    :param destroy: called once, however it comes to that.
    """
    with _handling(_interrupt):
        try:
            yield deploy()
        finally:
            with _handling(signal.SIG_IGN):
                destroy()
