"""cfn-lint, for whatever the tests synthesize."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


def cfn_lint(templates: Iterable[Path]) -> list[str]:
    """What cfn-lint has to say of templates.

    It runs in this process: a process of its own takes longer to start than to read a template.
    W3005 is left out: the DependsOn of a function beside a reference is the CDK's own.
    """
    # Not with the module: it takes long, and the oldest versions are tried without it.
    from cfnlint.config import ConfigMixIn
    from cfnlint.runner import Runner

    files = [str(template) for template in templates]
    config = ConfigMixIn([], templates=files, ignore_checks=["W3005"])
    with _untraced():
        problems = [*Runner(config).run()]
    return [f"{found.filename}: {found.rule.id} {found.message}" for found in problems]


@contextmanager
def _untraced() -> Iterator[None]:
    """Nothing of this project's runs in it, so that there is no coverage to measure."""
    tracing = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracing)
