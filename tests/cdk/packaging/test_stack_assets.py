"""The layers and the function's code, in a stack."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations, Match, Template

from coworks_cdk import CoworksMicroService
from coworks_cdk.packaging import (
    CoworksLayer,
    PackagingError,
    function_code,
    requirements_layer,
)

HERE = lambda_.Runtime(
    f"python{sys.version_info.major}.{sys.version_info.minor}", lambda_.RuntimeFamily.PYTHON
)
ARM, X86 = lambda_.Architecture.ARM_64, lambda_.Architecture.X86_64
LABEL = f"Python{sys.version_info.major}{sys.version_info.minor}Arm64"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "tech"
    folder.mkdir()
    (folder / "hello.py").write_text("value = 1\n")
    return folder


def test_a_stack_has_one_layer_for_a_runtime_and_an_architecture(stack: Stack) -> None:
    layer = CoworksLayer.of(stack, runtime=HERE, architecture=ARM)
    assert CoworksLayer.of(layer, runtime=HERE, architecture=ARM) is layer
    assert CoworksLayer.of(stack, runtime=HERE, architecture=X86) is not layer
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::Lambda::LayerVersion", 2)
    template.has_resource_properties(
        "AWS::Lambda::LayerVersion",
        {"CompatibleRuntimes": [HERE.name], "CompatibleArchitectures": ["arm64"]},
    )
    assert any(name.startswith(f"CoworksLayer{LABEL}") for name in template.to_json()["Resources"])


def test_a_layer_of_the_users_own(stack: Stack) -> None:
    layer = CoworksLayer(
        stack,
        "Mine",
        runtime=HERE,
        architecture=ARM,
        layer_version_name="mine",
        description="My words",
    )
    assert layer.unzipped_bytes > 1_000_000
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::LayerVersion", {"LayerName": "mine", "Description": "My words"}
    )


def test_a_layer_without_props_is_for_the_constructs_own_defaults(stack: Stack) -> None:
    layer = CoworksLayer(stack, "L")
    assert (layer.target.python, layer.target.architecture) == (
        HERE.name.removeprefix("python"),
        "arm64",
    )
    none = CoworksLayer(stack, "N", runtime=None, architecture=None, removal_policy=None)
    assert none.target == layer.target
    Template.from_stack(stack).all_resources_properties(
        "AWS::Lambda::LayerVersion",
        {"CompatibleRuntimes": [HERE.name], "CompatibleArchitectures": ["arm64"]},
    )
    Template.from_stack(stack).all_resources(
        "AWS::Lambda::LayerVersion", {"DeletionPolicy": "Delete"}
    )


def test_a_layer_says_what_it_is_built_for(stack: Stack) -> None:
    layer = CoworksLayer(
        stack, "L", runtime=lambda_.Runtime.PYTHON_3_12, architecture=lambda_.Architecture.X86_64
    )
    assert (layer.target.python, layer.target.architecture) == ("3.12", "x86_64")


def test_a_layer_says_what_it_is_without(stack: Stack, tmp_path: Path) -> None:
    layer, whole = CoworksLayer(stack, "L"), CoworksLayer(stack, "W", prune_packages=False)
    assert {"bin", "werkzeug/debug"} <= set(layer.pruned)
    assert not (layer.folder / "python" / "werkzeug" / "debug").exists()
    assert whole.pruned == ()
    assert (whole.folder / "python" / "werkzeug" / "debug" / "__init__.py").is_file()
    assert (whole.folder / "python" / "bin" / "flask").is_file()
    (tmp_path / "requirements.txt").write_text("markdown==3.7\n")
    own = requirements_layer(
        stack, str(tmp_path / "requirements.txt"), runtime=HERE, architecture=ARM
    )
    assert own is not None
    assert own.pruned == ("bin",)
    for one in (layer, own):
        told = [m.data for m in one.node.metadata if m.type == "coworks:pruned"]
        assert told == [list(one.pruned)]


def test_services_with_one_requirements_file_share_a_layer(stack: Stack, tmp_path: Path) -> None:
    def layer(name: str, text: str) -> lambda_.LayerVersion | None:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return requirements_layer(stack, str(path), runtime=HERE, architecture=ARM)

    first = layer("complete-requirements.txt", "markdown==3.7\n")
    assert first is not None
    assert first.unzipped_bytes > 100_000
    assert layer("complete-requirements.txt", "markdown==3.7\n") is first
    # One name, another content; another folder, one content.
    second = layer("other/complete-requirements.txt", "wrapt\n")
    assert second is not None
    assert second is not first
    assert layer("third/complete-requirements.txt", "wrapt\n") is second
    assert [first.node.id, second.node.id] == [
        f"CompleteRequirements{LABEL}",
        f"CompleteRequirements{LABEL}2",
    ]
    assert layer("none.txt", "# nothing\nboto3\n") is None


def test_two_synths_give_one_template(project: Path, tmp_path: Path) -> None:
    def template(folder: str) -> str:
        stack = Stack(App(outdir=str(tmp_path / folder)), "Stack")
        code = function_code(str(project), runtime=HERE, architecture=ARM, scope=stack)
        layer = CoworksLayer.of(stack, runtime=HERE, architecture=ARM)
        lambda_.Function(
            stack,
            "Function",
            code=code,
            handler="hello.app",
            runtime=HERE,
            architecture=ARM,
            layers=[layer],
        )
        return json.dumps(Template.from_stack(stack).to_json())

    assert template("one") == template("two")
    staged = list((tmp_path / "one").glob("asset.*/hello.py"))
    assert len(staged) == 1


def test_the_sizes_of_assets_are_known(project: Path) -> None:
    code = function_code(str(project), runtime=HERE, architecture=ARM)
    compiled = code.unzipped_bytes - len("value = 1\n")
    assert 50 < compiled < 1000


def test_errors_name_the_construct(stack: Stack, tmp_path: Path, project: Path) -> None:
    node = lambda_.Runtime.NODEJS_20_X
    with pytest.raises(PackagingError, match=r"^Stack: runtime 'nodejs20.x' is not a Python"):
        CoworksLayer.of(stack, runtime=node, architecture=ARM)
    with pytest.raises(PackagingError, match=r"^Stack: requirements file .*no.txt can't be read"):
        requirements_layer(stack, str(tmp_path / "no.txt"), runtime=HERE, architecture=ARM)
    with pytest.raises(PackagingError, match=r"^Stack: architecture 'mips' .* x86_64, arm64"):
        function_code(
            str(project),
            runtime=HERE,
            architecture=lambda_.Architecture.custom("mips"),
            scope=stack,
        )
    with pytest.raises(PackagingError, match=r"^exclude is '\*\.md': it must be a list"):
        function_code(str(project), runtime=HERE, architecture=ARM, exclude="*.md")


def test_without_an_interpreter_sources_are_shipped_with_a_warning(
    project: Path, tmp_path: Path, no_other_python: None
) -> None:
    other = (
        lambda_.Runtime.PYTHON_3_12 if HERE.name != "python3.12" else lambda_.Runtime.PYTHON_3_13
    )
    stack = Stack(App(outdir=str(tmp_path / "assembly")), "Stack")
    code = function_code(str(project), runtime=other, architecture=ARM, scope=stack)
    assert code.unzipped_bytes == len("value = 1\n")
    Annotations.from_stack(stack).has_warning(
        "/Stack", Match.string_like_regexp(r"No Python 3\.1\d is on this machine.*no-interpreter")
    )


def test_a_stack_that_is_not_deployed_builds_nothing(
    project: Path, tmp_path: Path, own_cache: Path, failing_installer: Callable[[], None]
) -> None:
    failing_installer()
    app = App(outdir=str(tmp_path / "assembly"), context={"aws:cdk:bundling-stacks": []})
    stack = Stack(app, "Stack")
    (tmp_path / "requirements.txt").write_text("markdown\n")
    CoworksLayer.of(stack, runtime=HERE, architecture=ARM)
    requirements_layer(
        stack, str(tmp_path / "requirements.txt"), runtime=HERE, architecture=ARM
    )  # fmt: skip
    function_code(str(project), runtime=HERE, architecture=ARM, scope=stack)
    app.synth()
    assert [path.name for path in own_cache.iterdir()] == ["unbuilt"]


def test_what_ships_and_what_does_not_is_warned_of(stack: Stack, project: Path) -> None:
    (project / "ab_test.py").write_text("value = 1\n")
    (project / "hello.py").write_text("import ab_test\n")
    (project / "broken.py").write_text("def :\n")
    (project / "secrets.json").write_text("{}")
    function_code(str(project), runtime=HERE, architecture=ARM, scope=stack)
    found = Annotations.from_stack(stack)
    for words in (
        r"tech/hello\.py imports ab_test\.py.*include=.*coworks:left-out-import",
        r"tech/broken\.py \(line 1: .*ships as it is.*coworks:not-compiled",
        r"tech/secrets\.json .*by its name.*coworks:credential",
    ):
        found.has_warning("/Stack", Match.string_like_regexp(words))


def test_a_construct_takes_in_what_include_names(tmp_path: Path, project: Path) -> None:
    (project / ".well-known").mkdir()
    (project / ".well-known" / "a.json").write_text("{}")
    (project / "tests").mkdir()
    (project / "tests" / "__init__.py").write_text("value = 2\n")
    (project / "hello.py").write_text(
        "import tests\n"
        "from coworks_runtime import TechMicroService, entry\n"
        "class Hello(TechMicroService):\n"
        "    @entry(no_auth=True)\n"
        "    def get(self):\n"
        "        return 'Hello'\n"
        "app = Hello()\n"
    )
    (project / "requirements.txt").write_text("-r base.lst\n")
    (project / "base.lst").write_text("# https://me:password@example.com/simple\n")
    app = App(outdir=str(tmp_path / "assembly"))
    stack = Stack(app, "Stack")
    for name, include in {"Taken": [".well-known", "tests"], "Bare": None}.items():
        CoworksMicroService(
            stack,
            name,
            app="hello",
            project_dir=project,
            include=include,
            prune_packages=None,
        )
    app.synth()
    files = {
        frozenset(
            path.relative_to(asset).as_posix()
            for path in asset.rglob("*")
            if path.is_file() and path.suffix != ".pyc"
        )
        for asset in (tmp_path / "assembly").glob("asset.*")
        if (asset / "hello.py").is_file()
    }
    assert files == {
        frozenset({"hello.py"}),
        frozenset({"hello.py", ".well-known/a.json", "tests/__init__.py"}),
    }
    warned = Annotations.from_stack(stack)
    warned.has_warning("/Stack/Bare", Match.string_like_regexp("imports tests, which is left out"))
    warned.has_no_warning("/Stack/Taken", Match.string_like_regexp("left out"))
