"""What the layers hold, for each architecture."""

import importlib.metadata
import io
import marshal
import platform
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from coworks_cdk.packaging.build import RequirementsBuild, RuntimeBuild
from coworks_cdk.packaging.bytecode import find_interpreter
from coworks_cdk.packaging.target import Target

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
MACHINES = {"x86_64": 62, "arm64": 183}  # e_machine of the ELF header
MEGABYTE = 1024 * 1024
architectures = pytest.mark.parametrize("architecture", MACHINES)


def runtime_layer(architecture: str = "arm64", python: str = HERE) -> Path:
    return RuntimeBuild(Target(python, architecture)).folder()


def complete_layer(tmp_path: Path, architecture: str = "arm64") -> Path:
    file = tmp_path / "complete-requirements.txt"
    file.write_text("aws-xray-sdk\nmarkdown\n")
    folder = RequirementsBuild.of(file, Target(HERE, architecture)).folder()
    assert folder is not None
    return folder


def zipped(folder: Path) -> int:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder.rglob("*"):
            archive.write(path, path.relative_to(folder))
    return len(data.getvalue())


@architectures
@pytest.mark.parametrize("python", [HERE, "3.13"])
def test_binaries_are_the_architectures_own(architecture: str, python: str) -> None:
    binaries = list(runtime_layer(architecture, python).rglob("*.so"))
    assert {"msgspec", "markupsafe"} <= {path.parent.name for path in binaries}
    for path in binaries:
        header = path.read_bytes()[:20]
        assert header[:4] == b"\x7fELF"
        assert struct.unpack("<H", header[18:20])[0] == MACHINES[architecture]
        assert f"cpython-{python.replace('.', '')}" in path.name


def test_runtime_layer_holds_the_script_that_starts_its_loop(tmp_path: Path) -> None:
    folder = runtime_layer()
    script = folder / "coworks-stream"
    assert script.stat().st_mode & 0o777 == 0o755
    start = folder / "python" / "coworks_runtime" / "on_lambda" / "loop" / "start.py"
    told = subprocess.run(
        [script, "echo", "bootstrap.py"], capture_output=True, text=True, check=True
    )
    assert told.stdout == f"{start} echo bootstrap.py\n"
    told = subprocess.run(
        [script, "python", "bootstrap.py"],
        env={"CWS_EXEC_WRAPPER": "/bin/echo"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == f"python {start} python bootstrap.py\n"


def test_runtime_layer_holds_the_runtime_and_what_it_needs() -> None:
    site = runtime_layer() / "python"
    packages = {path.name for path in site.iterdir() if not path.name.endswith(".dist-info")}
    assert packages == {
        "blinker", "click", "coworks_runtime", "flask", "itsdangerous", "jinja2", "markupsafe",
        "msgspec", "werkzeug",
    }  # fmt: skip
    for development in ("coworks_runtime/cws", "coworks_runtime/description", "werkzeug/debug"):
        assert not (site / development).exists()
    assert (site / "coworks_runtime" / "on_lambda" / "handler.py").exists()


def test_requirements_layer_repeats_nothing_and_leaves_out_what_lambda_has(tmp_path: Path) -> None:
    site = complete_layer(tmp_path) / "python"
    distributions = {path.name.partition("-")[0].lower() for path in site.glob("*.dist-info")}
    assert distributions == {"aws_xray_sdk", "markdown", "wrapt"}


@architectures
def test_layers_are_small(architecture: str, tmp_path: Path) -> None:
    hello = zipped(runtime_layer(architecture))
    assert hello <= 2.5 * MEGABYTE
    assert hello + zipped(complete_layer(tmp_path, architecture)) <= 4.5 * MEGABYTE


def test_nothing_of_the_host_or_the_installer_is_shipped(tmp_path: Path) -> None:
    for layer in (runtime_layer(), complete_layer(tmp_path)):
        names = {path.name for path in layer.rglob("*")}
        assert not names & {"INSTALLER", "direct_url.json", "REQUESTED", "bin", ".lock"}
        assert not names & {"tests", ".env"}
        assert not {path.name for path in (layer / "python").glob("[abj]*")} & {
            "aws_cdk", "boto3", "botocore", "jsii", "jmespath",
        }  # fmt: skip
        assert "METADATA" in names


def test_the_metadata_names_the_files_that_are_there(tmp_path: Path) -> None:
    for layer in (runtime_layer(), complete_layer(tmp_path)):
        site = layer / "python"
        distributions = list(importlib.metadata.distributions(path=[str(site)]))
        assert distributions
        for distribution in distributions:
            files = distribution.files
            assert files
            assert [file for file in files if not (site / file).is_file()] == []
            named = {file.as_posix() for file in files}
            assert any(name.endswith(".py") for name in named)
            assert not [name for name in named if name.endswith(".pyc")]


def test_every_module_has_an_unchecked_hash_pyc_of_the_runtimes_version(tmp_path: Path) -> None:
    tag = f"cpython-{HERE.replace('.', '')}"
    for layer in (runtime_layer(), complete_layer(tmp_path)):
        modules = list(layer.rglob("*.py"))
        assert modules
        for module in modules:
            compiled = module.parent / "__pycache__" / f"{module.stem}.{tag}.pyc"
            flags = struct.unpack("<I", compiled.read_bytes()[4:8])[0]
            assert flags == 0b01, module
        assert len(list(layer.rglob("*.pyc"))) == len(modules)


def test_tracebacks_name_the_files_where_lambda_has_them() -> None:
    site = runtime_layer() / "python"
    compiled = next((site / "coworks_runtime" / "on_lambda" / "__pycache__").glob("handler.*.pyc"))
    code = marshal.loads(compiled.read_bytes()[16:])
    assert code.co_filename == "/opt/python/coworks_runtime/on_lambda/handler.py"


@pytest.mark.skipif(find_interpreter("3.13") is None, reason="no Python 3.13 on this machine")
def test_pyc_are_of_another_python_than_the_running_one() -> None:
    compiled = list(runtime_layer(python="3.13").rglob("*.pyc"))
    assert compiled
    assert all(path.name.endswith(".cpython-313.pyc") for path in compiled)


def test_lambda_can_read_every_file(tmp_path: Path) -> None:
    for layer in (runtime_layer(), complete_layer(tmp_path)):
        modes = {(path.is_dir(), path.stat().st_mode & 0o777) for path in layer.rglob("*")}
        assert modes <= {(True, 0o755), (False, 0o644), (False, 0o755)}
        assert layer.stat().st_mode & 0o777 == 0o755


def test_a_service_runs_on_the_layer_alone(tmp_path: Path) -> None:
    machine = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
    layer = runtime_layer(machine) / "python"
    (tmp_path / "hello.py").write_text(
        "from coworks_runtime import TechMicroService, entry\n"
        "class Hello(TechMicroService):\n"
        "    @entry(no_auth=True)\n"
        "    def get(self):\n"
        "        return 'Hello world.'\n"
        "app = Hello()\n"
    )
    program = (
        f"import sys; sys.path[:0] = [{str(layer)!r}, {str(tmp_path)!r}]\n"
        "import hello, importlib.metadata, flask, msgspec, coworks_runtime\n"
        f"assert coworks_runtime.__file__.startswith({str(layer)!r})\n"
        f"assert flask.__file__.startswith({str(layer)!r})\n"
        "print(importlib.metadata.version('flask'), hello.app.test_client().get('/').text)\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{importlib.metadata.version('flask')} Hello world.\n"
