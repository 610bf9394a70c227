"""The functions of an assembly: laid out once, run in processes that start on demand."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from coworks_cdk.local.function.debugging import Debugger
from coworks_cdk.local.function.keeper import Keeper
from coworks_cdk.local.function.layout import lay_out, remove, rewrite
from coworks_cdk.local.function.pool import Pool
from coworks_cdk.local.function.worker import Worker, check_interpreter
from coworks_cdk.local.invocation import Result
from coworks_cdk.local.log import Log
from coworks_cdk.local.template.model import used_functions
from coworks_cdk.local.template.records import Function, Model


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Give the folder of what is built once: the packaging's own."""
    if own := environment.get("COWORKS_CACHE_DIR"):
        return Path(own).absolute()
    shared = environment.get("XDG_CACHE_HOME")
    return (Path(shared).absolute() if shared else Path.home() / ".cache") / "coworks"


class Functions:
    """The functions of an assembly, laid out in a temporary folder and started on demand."""

    def __init__(
        self,
        model: Model,
        log: Log,
        given: Mapping[str, str],
        processes: int,
        here: Callable[[str], str],
        debuggers: Mapping[str, Debugger] | None = None,
    ) -> None:
        """Lay out the functions.

        :param given: the environment that the processes take their credentials from.
        :param here: gives a variable's value with the URLs of what is served on this machine.
        :param debuggers: how functions wait for a debugger, by ARN; these start when they are told to.
        :raises LocalError: where one can't run on this machine.
        """
        self._model, self._debuggers, self._here = model, debuggers or {}, here
        self._folder = Path(tempfile.mkdtemp(prefix="coworks-local-"))
        self._keeper = Keeper(self._folder)
        self._pools: dict[str, Pool] = {}
        try:
            for api in model.apis:
                for arn in used_functions([api]):
                    if arn not in self._pools:
                        function = model.functions[arn]
                        self._pools[arn] = self._pool(function, api.service, log, given, processes)
        except BaseException:
            self.close()
            raise

    def wait_for_debuggers(self) -> None:
        """Start the functions that wait for a debugger: their APIs have to be served by then."""
        for arn in self._debuggers:
            self._pools[arn].warm()

    def invoke(self, arn: str, event: bytes, trace_id: str) -> Future[Result]:
        """Run a function."""
        return self._pools[arn].invoke(event, trace_id)

    def update(self, arn: str, changed: Mapping[str, bytes]) -> None:
        """Give a function new contents of files of its own, and new processes.

        :param changed: names within the function's folder, to contents.
        """
        rewrite(self._place(self._model.functions[arn]), changed)
        self._pools[arn].restart()
        if arn in self._debuggers:
            self._pools[arn].warm()

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of all processes."""
        return tuple(pid for pool in self._pools.values() for pid in pool.pids)

    def close(self) -> None:
        """End the processes and remove the folder."""
        for pool in self._pools.values():
            pool.close()
        remove(self._folder)
        self._keeper.close()

    def _place(self, function: Function) -> Path:
        # Qualified: an alias and the function itself are served side by side.
        return self._folder / function.arn.split(":", 6)[6].replace(":", "-")

    def _pool(
        self, function: Function, source: str, log: Log, given: Mapping[str, str], processes: int
    ) -> Pool:
        check_interpreter(function)
        layout = lay_out(
            function,
            self._place(function),
            lambda text: log.line(source, text),
            cache_folder(given),
        )
        debugger = self._debuggers.get(function.arn)
        # One process has the debugger's port.
        limit = 1 if debugger else min(processes, function.concurrency or processes)
        return Pool(
            lambda: Worker(
                self._at_home(function), layout, log, source, given, self._keeper, debugger
            ),
            limit,
        )

    def _at_home(self, function: Function) -> Function:
        variables = {name: self._here(value) for name, value in function.environment.items()}
        return replace(function, environment=variables)
