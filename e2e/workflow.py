"""A workflow of GitHub's, its commands run here as its runner runs them.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_SECONDS = 1200


@dataclass(frozen=True)
class Step:
    """A step that runs commands.

    :param job: the name of its job.
    :param commands: what its shell runs.
    :param variables: those of the workflow, the job and the step, their expressions replaced.
    """

    job: str
    commands: str
    variables: Mapping[str, str]

    def run(self, folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run it as the runner does: bash ends at the first command that fails.

        :param folder: the working directory.
        :param environment: what the runner's process has, beside the step's own variables.
        """
        return subprocess.run(
            ["/bin/bash", "--noprofile", "--norc", "-e", "-c", self.commands],
            cwd=folder,
            env={**environment, **self.variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )


def steps_of(file: Path, values: Mapping[str, str]) -> Iterator[Step]:
    """The steps that run commands, in their order; what sets a runner up is left out.

    :param file: the workflow.
    :param values: what its expressions give, as ``secrets.TOKEN``.
    :raises KeyError: an expression that has no value.
    """
    workflow = yaml.safe_load(file.read_text(encoding="utf-8"))
    for name, job in workflow["jobs"].items():
        for step in job["steps"]:
            if "run" not in step:
                continue
            given = {**workflow.get("env", {}), **job.get("env", {}), **step.get("env", {})}
            yield Step(
                name,
                _replaced(step["run"], values),
                {key: _replaced(str(value), values) for key, value in given.items()},
            )


def _replaced(text: str, values: Mapping[str, str]) -> str:
    return _EXPRESSION.sub(lambda found: values[found[1]], text)
