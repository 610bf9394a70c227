"""The processes of one function: one as long as it suffices, more while requests overlap."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from coworks_cdk.local.function.runtime_api import Invocation
from coworks_cdk.local.function.worker import Worker
from coworks_cdk.local.invocation import Result, failure

SUPERVISION_SECONDS = 0.02


class Pool:
    """Runs invocations, each in a process that has nothing else to do.

    The process that was free last is taken first, so that requests one after the other meet the
    same one, as they would on Lambda.
    """

    def __init__(self, start: Callable[[], Worker], limit: int) -> None:
        """Run processes made by ``start``, at most ``limit`` at once."""
        self._start, self._limit = start, limit
        self._free: list[Worker] = []
        self._busy: set[Worker] = set()
        self._stale: set[Worker] = set()
        self._starting = 0
        self._closed = False
        self._changed = threading.Condition()
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)
        self._supervisor.start()

    def invoke(self, event: bytes, trace_id: str) -> Future[Result]:
        """Run an invocation; waits for a process, but not for the result."""
        invocation = Invocation(event, trace_id)
        try:
            worker = self._worker()
        except OSError as error:
            invocation.finish(failure(f"No process could be started: {error}", "Runtime.Unknown"))
            return invocation.future
        if worker is None:
            invocation.finish(failure("The function was stopped", "Runtime.ExitError"))
            return invocation.future
        invocation.ended.add_done_callback(lambda _: self._release(worker))
        worker.submit(invocation)
        return invocation.future

    def warm(self) -> None:
        """Start a process that waits for the first invocation."""
        worker = self._worker()
        if worker is not None:
            self._release(worker)

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of the processes."""
        with self._changed:
            return tuple(sorted(worker.pid for worker in (*self._free, *self._busy)))

    def restart(self) -> None:
        """Start anew for the next invocation; what is under way is finished where it is."""
        with self._changed:
            idle, self._free = self._free, []
            self._stale |= self._busy
        for worker in idle:
            worker.close()

    def close(self) -> None:
        """End all processes."""
        with self._changed:
            self._closed = True
            workers = [*self._free, *self._busy]
            self._free.clear()
            self._changed.notify_all()
        for worker in workers:
            worker.close()
        self._supervisor.join()

    def _worker(self) -> Worker | None:
        with self._changed:
            while True:
                while self._free:
                    worker = self._free.pop()
                    if worker.alive:
                        self._busy.add(worker)
                        self._changed.notify_all()
                        return worker
                    worker.close()
                if self._closed:
                    return None
                if len(self._busy) + self._starting < self._limit:
                    self._starting += 1
                    break
                self._changed.wait()
        try:
            worker = self._start()
        finally:
            with self._changed:
                self._starting -= 1
                self._changed.notify_all()
        return self._admitted(worker)

    def _admitted(self, worker: Worker) -> Worker | None:
        with self._changed:
            if not self._closed:
                self._busy.add(worker)
                self._changed.notify_all()
                return worker
        worker.close()
        return None

    def _release(self, worker: Worker) -> None:
        with self._changed:
            if worker in self._stale and not self._closed:
                # Not here: this is the thread that brings the process's answer.
                threading.Thread(target=self._retire, args=(worker,), daemon=True).start()
                return
            self._busy.discard(worker)
            if not self._closed:
                self._free.append(worker)
            self._changed.notify_all()

    def _retire(self, worker: Worker) -> None:
        """Make room for another process when this one has ended, with all that it holds."""
        worker.close()
        with self._changed:
            self._busy.discard(worker)
            self._stale.discard(worker)
            self._changed.notify_all()

    def _supervise(self) -> None:
        while True:
            with self._changed:
                while not self._busy and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return
                busy = list(self._busy)
            for worker in busy:
                worker.supervise()
            time.sleep(SUPERVISION_SECONDS)
