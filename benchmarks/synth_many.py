"""Many services in one app, ten a stack: a CDK app for ``benchmarks.bench_synth``.

``MANY`` holds the folder of their modules.
"""

import os
from pathlib import Path

from aws_cdk import App, Stack

from coworks_cdk import CoworksMicroService

IN_A_STACK = 10


def main() -> None:
    """Declare them."""
    folder = Path(os.environ["MANY"])
    app = App()
    names = sorted(module.stem for module in folder.glob("*.py"))
    for start in range(0, len(names), IN_A_STACK):
        stack = Stack(app, f"Many{start // IN_A_STACK}")
        for name in names[start : start + IN_A_STACK]:
            CoworksMicroService(stack, name.title(), app=name, project_dir=folder)
    app.synth()


if __name__ == "__main__":
    main()
