"""``python -m benchmarks.bench_synth``: the time of ``cdk synth``.

Ours, its layers cached, beside the same resources written by hand with plain CDK constructs, in
turns: of the quickstart, and of 30 services in one app. The goal is a ratio of 1.3 at most.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
GOAL = 1.3
MANY = 30


#: A service of many; the module's name is its own.
SOURCE = '''\
from coworks_runtime import TechMicroService, entry


class Service(TechMicroService):
    """One of many."""

    def token_authorizer(self, token):
        return token == "token"

    @entry(no_auth=True)
    def get(self):
        return "{name}"

    @entry
    def get_item(self, index: int):
        return index

    @entry
    def post_item(self, *, text: str):
        return text


app = Service(name="{name}")
'''


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of both (%(default)s)")
    parser.add_argument("--services", type=int, default=MANY, help="in one app (%(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        compare("quickstart", Path(temporary), "app.py", {}, {}, arguments.rounds)
    with tempfile.TemporaryDirectory() as temporary:
        names = [f"service{number:02}" for number in range(arguments.services)]
        services = Path(temporary, "tech")
        services.mkdir()
        for name in names:
            (services / f"{name}.py").write_text(SOURCE.format(name=name), encoding="utf-8")
        stacks = [names[start : start + 10] for start in range(0, len(names), 10)]
        compare(
            f"{len(names)} services",
            Path(temporary),
            "benchmarks/synth_many.py",
            {"MANY": str(services)},
            {"STACKS": json.dumps(stacks)},
            arguments.rounds,
        )


def compare(
    what: str,
    out: Path,
    program: str,
    ours: dict[str, str],
    by_hand: dict[str, str],
    rounds: int,
) -> None:
    """Measure and report one app.

    :param ours: what the program has in its environment besides.
    :param by_hand: likewise, of the program that is written by hand.
    """
    # The first run fills the caches, and gives the folders that the other one deploys.
    synth(program, out / "ours", **ours)
    assets = {"ASSETS": json.dumps(built(out / "ours"))}
    apps = {
        "ours": (program, ours),
        "by hand": ("benchmarks/synth_by_hand.py", {**by_hand, **assets}),
    }
    synth(apps["by hand"][0], out / "by hand", **apps["by hand"][1])
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in apps}
    for _ in range(rounds):
        for name, (app, environment) in apps.items():
            times[name].append(synth(app, out / name, **environment))
    print(
        f"{what}: resources: ours {resources(out / 'ours')}, by hand {resources(out / 'by hand')}"
    )
    for index, kind in enumerate(("wall", "CPU")):
        measured, other = (
            statistics.median(measured[index] for measured in times[name]) for name in apps
        )
        ratio = measured / other
        reached = "ok" if ratio <= GOAL else "MISSED"
        print(
            f"{what}, {kind}: ours {measured:.2f} s, by hand {other:.2f} s, "
            f"ratio {ratio:.2f}, at most {GOAL}: {reached}"
        )


def synth(program: str, out: Path, **environment: str) -> tuple[float, float]:
    """Seconds on the clock, and of processors."""
    cdk = shutil.which("cdk") or str(ROOT / "node_modules" / ".bin" / "cdk")
    # Modules are compiled once, whatever this process was started with.
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [cdk, "synth", "--quiet", "--app", f"{sys.executable} {program}", "--output", str(out)],
        cwd=ROOT,
        env={**inherited, "PYTHONPATH": str(ROOT), **environment},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def built(out: Path) -> dict[str, object]:
    """The folders of the function's code and of the layers."""
    folders = sorted(out.glob("asset.*"))
    layers = [str(folder) for folder in folders if (folder / "python").is_dir()]
    (code,) = (str(folder) for folder in folders if not (folder / "python").is_dir())
    holds_runtime = [str(f) for f in folders if (f / "python" / "coworks_runtime").is_dir()]
    return {"code": code, "layers": sorted(layers, key=lambda folder: folder not in holds_runtime)}


def resources(out: Path) -> int:
    """The number of resources of the synthesized stacks."""
    templates = out.glob("*.template.json")
    return sum(len(json.loads(template.read_text())["Resources"]) for template in templates)


if __name__ == "__main__":
    main()
