"""cfn-lint, for whatever the tests synthesize."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path


def cfn_lint(templates: Iterable[Path]) -> list[str]:
    """What cfn-lint has to say of templates.

    W3005 is left out: the DependsOn of a function beside a reference is the CDK's own.
    """
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", "W3005"]
    result = subprocess.run(
        [*command, "--format", "json", "--", *map(str, templates)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert not result.stderr
    return [
        f"{problem['Filename']}: {problem['Rule']['Id']} {problem['Message']}"
        for problem in json.loads(result.stdout or "[]")
    ]
