"""``python -m benchmarks.bench_synth``: the time of ``cdk synth``, of the quickstart's resources.

Ours, its layers cached, beside the same resources written by hand with plain CDK constructs, in
turns. The goal is a ratio of 1.3 at most.
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


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of both (%(default)s)")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary)
        # The first run fills the caches, and gives the folders that the other one deploys.
        synth("app.py", out / "ours")
        assets = {"ASSETS": json.dumps(built(out / "ours"))}
        apps = {
            "ours": ("app.py", {}),
            "by hand": ("benchmarks/synth_by_hand.py", assets),
        }
        synth(apps["by hand"][0], out / "by hand", **assets)
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in apps}
        for _ in range(rounds):
            for name, (program, environment) in apps.items():
                times[name].append(synth(program, out / name, **environment))
        print(f"resources: ours {resources(out / 'ours')}, by hand {resources(out / 'by hand')}")
    for index, what in enumerate(("wall", "CPU")):
        ours, by_hand = (
            statistics.median(measured[index] for measured in times[name]) for name in apps
        )
        ratio = ours / by_hand
        reached = "ok" if ratio <= GOAL else "MISSED"
        print(
            f"{what}: ours {ours:.2f} s, by hand {by_hand:.2f} s, "
            f"ratio {ratio:.2f}, at most {GOAL}: {reached}"
        )


def synth(program: str, out: Path, **environment: str) -> tuple[float, float]:
    """Seconds on the clock, and of processors."""
    cdk = shutil.which("cdk") or str(ROOT / "node_modules" / ".bin" / "cdk")
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [cdk, "synth", "--quiet", "--app", f"{sys.executable} {program}", "--output", str(out)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
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
    """The number of resources of the synthesized stack."""
    (template,) = out.glob("*.template.json")
    return len(json.loads(template.read_text())["Resources"])


if __name__ == "__main__":
    main()
