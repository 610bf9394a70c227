"""Start the embedded AWS with what it lacks on a machine without Docker.

Runs with the interpreter of the embedded AWS's own virtual environment.
"""

from __future__ import annotations

from localstack.services.lambda_.invocation import runtime_executor


def _executor() -> type[runtime_executor.RuntimeExecutor]:
    from e2e.executor import ProcessExecutor

    return ProcessExecutor


def main() -> None:
    """Run the embedded AWS until it gets a signal."""
    # Before anything else is imported: other modules take this function by its name.
    runtime_executor.get_runtime_executor = _executor

    from localstack.services.lambda_.invocation.execution_environment import ExecutionEnvironment

    from e2e import providers

    providers.install()
    # It would write to a group of its own making, whatever the function's configuration says.
    ExecutionEnvironment.get_log_group_name = lambda self: self.runtime_executor.log_group()

    from localstack.runtime.main import main as run

    run()


if __name__ == "__main__":
    main()
