"""The folders that the peers are measured in, each with what would be deployed and nothing else.

A package folder is built twice, with and without `.pyc` files. The ones with are compiled as
this project compiles its assets: checked against no source, because a deployed source's time
stamp is not the one it was compiled with.
"""

from __future__ import annotations

import compileall
import hashlib
import io
import os
import platform
import py_compile
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coworks_cdk.packaging.target import Target

HERE = Path(__file__).resolve().parent
CACHE = HERE.parent / ".cache" / "bench"
SERVICES = HERE / "services"
LAMBDA_IMAGE = "lambda-image"
"""Lambda's own packages: boto3, and the runtime client."""

LAMBDA_ENVIRONMENT = {
    "AWS_EXECUTION_ENV": "AWS_Lambda_python{}.{}".format(*sys.version_info[:2]),
    "AWS_LAMBDA_FUNCTION_NAME": "service",
    "AWS_REGION": "eu-west-1",
    "LAMBDA_TASK_ROOT": "/var/task",
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
}
"""What Lambda sets, and nothing else; packages look at it when they are imported."""


@dataclass(frozen=True)
class Package:
    """A built package folder.

    :param sources: without `.pyc` files.
    :param compiled: with them.
    """

    sources: Path
    compiled: Path

    def folder(self, *, compiled: bool) -> Path:
        """The one or the other."""
        return self.compiled if compiled else self.sources


def package(name: str) -> Package:
    """Build a package folder, or take the one built before from the same requirements.

    :param name: `ours`, `ours-xray`, `chalice`, or a file of `requirements` without its suffix.
    """
    special: dict[str, Callable[[Path], None]] = {
        "ours": _ours,
        "ours-xray": _ours_with_xray,
        "ours-otel": _ours_with_otel,
        "chalice": _chalice,
    }
    folder = CACHE / name
    build = special.get(name) or (lambda site: _install(name, site))
    key = _key(name)
    stamp = folder / "built-from"
    if not stamp.is_file() or stamp.read_text() != key:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        build(folder / "sources")
        _strip(folder / "sources", services_packages=name != LAMBDA_IMAGE)
        shutil.copytree(folder / "sources", folder / "compiled")
        _compile(folder / "compiled", is_ours=name.startswith("ours"))
        stamp.write_text(key)
    return Package(folder / "sources", folder / "compiled")


def services() -> Package:
    """The services' own modules, which every peer finds beside its packages."""
    folder = CACHE / "services"
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(SERVICES, folder / "sources", ignore=ignored)
    shutil.copytree(SERVICES, folder / "compiled", ignore=ignored)
    _compile(folder / "compiled")
    return Package(folder / "sources", folder / "compiled")


def size(folder: Path) -> tuple[int, int]:
    """The bytes of a folder: unzipped, and zipped as an upload is."""
    unzipped = 0
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                unzipped += file.stat().st_size
                zipped.write(file, file.relative_to(folder))
    return unzipped, len(archive.getvalue())


def _key(name: str) -> str:
    digest = hashlib.sha256(sys.version.encode())
    requirements = [f"{name}.txt"]
    if name.startswith("ours"):
        requirements = ["otel.txt" if name == "ours-otel" else "xray.txt"]
        root = HERE.parent
        sources = [*root.glob("coworks_runtime/**/*.py"), *root.glob("coworks_cdk/packaging/*.*")]
        for source in sorted(sources):
            digest.update(source.read_bytes())
    for file in requirements:
        digest.update((HERE / "requirements" / file).read_bytes())
    return digest.hexdigest()


def _install(name: str, site: Path) -> None:
    _run(*_uv(), "--target", str(site), "--requirement", str(HERE / "requirements" / f"{name}.txt"))


def _uv() -> list[str]:
    uv = Path(sys.executable).with_name("uv")
    return [
        str(uv) if uv.exists() else "uv",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--python",
        sys.executable,
    ]


def _ours(site: Path) -> None:
    from coworks_cdk.packaging.build import RuntimeBuild

    shutil.copytree(RuntimeBuild(_target()).folder() / "python", site)


def _ours_with_xray(site: Path) -> None:
    from coworks_cdk.packaging.build import RequirementsBuild

    _ours(site)
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder, "requirements.txt")
        pinned = (HERE / "requirements" / "xray.txt").read_text().splitlines()
        wanted.write_text("\n".join(line for line in pinned if "xray" in line) + "\n")
        layer = RequirementsBuild.of(wanted, _target()).folder()
    assert layer is not None
    shutil.copytree(layer / "python", site, dirs_exist_ok=True)


def _ours_with_otel(site: Path) -> None:
    _ours(site)
    _install("otel", site)


def _target() -> Target:
    from coworks_cdk.packaging.target import Target

    machine = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
    return Target("{}.{}".format(*sys.version_info[:2]), machine)


def _chalice(site: Path) -> None:
    """Chalice's own packager decides what is shipped: two modules of it."""
    with tempfile.TemporaryDirectory() as folder:
        tool, project, out = Path(folder, "tool"), Path(folder, "project"), Path(folder, "out")
        _install("chalice", tool)
        (project / ".chalice").mkdir(parents=True)
        (project / ".chalice" / "config.json").write_text(
            '{"version": "2.0", "app_name": "service", "stages": {"dev": {}}}'
        )
        shutil.copy(SERVICES / "chalice_peer.py", project / "app.py")
        (project / "requirements.txt").touch()
        code = "import sys; from chalice.cli import main; sys.exit(main())"
        environment = {
            **os.environ,
            "PYTHONPATH": str(tool),
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "HOME": folder,
        }
        _run(sys.executable, "-c", code, "package", str(out), cwd=project, env=environment)
        with zipfile.ZipFile(out / "deployment.zip") as shipped:
            shipped.extractall(site)
    (site / "app.py").unlink()


def _strip(site: Path, *, services_packages: bool) -> None:
    """Remove what an upload doesn't hold: commands, byte code, and what Lambda has itself."""
    shutil.rmtree(site / "bin", ignore_errors=True)
    for cache in sorted(site.rglob("__pycache__")):
        shutil.rmtree(cache)
    for lock in site.glob("*.lock"):
        lock.unlink()
    if services_packages:
        for name in ("boto3", "botocore", "s3transfer"):
            for folder in [site / name, *site.glob(f"{name}-*.dist-info")]:
                shutil.rmtree(folder, ignore_errors=True)


def _compile(site: Path, *, is_ours: bool = False) -> None:
    if is_ours:
        from coworks_cdk.packaging.build import DOCUMENTED, RuntimeBuild
        from coworks_cdk.packaging.bytecode import compile_tree

        # As the layers do it: CoworksLayer's packages without their docstrings.
        held = RuntimeBuild(_target()).folder() / "python"
        others = {path.name for path in site.iterdir()} - {path.name for path in held.iterdir()}
        compile_tree(site, "/opt/python", sys.executable, [*DOCUMENTED, *sorted(others)])
        return
    compileall.compile_dir(
        site,
        quiet=2,
        stripdir=str(site),
        prependdir="/opt/python",
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )


def _run(*command: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"failed: {' '.join(command)}\n{done.stdout}{done.stderr}")
