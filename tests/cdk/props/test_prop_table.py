"""A prop's record, the constructor's signature and the docs say the same."""

import inspect
import re
import typing
from pathlib import Path

import pytest
from aws_cdk import Duration

from coworks_cdk import CoworksMicroService
from coworks_cdk.settings import Settings

DOCS = Path(__file__).parents[3] / "docs" / "construct.md"
PROPS = Settings.props()
SIGNATURE = {
    name: parameter
    for name, parameter in inspect.signature(CoworksMicroService.__init__).parameters.items()
    if parameter.kind is inspect.Parameter.KEYWORD_ONLY
}
HINTS = typing.get_type_hints(CoworksMicroService.__init__)


def documented():
    """The rows of the docs' table of props: names to what stands for the default."""
    text = DOCS.read_text()
    table = text[text.index("| prop | default | is |") : text.index("## Attributes")]
    rows = re.findall(r"^\| (`[^|]+) \| ([^|]+) \| [^|]+ \|$", table, re.M)
    return {name: default for names, default in rows for name in re.findall(r"`(\w+)`", names)}


def test_the_signature_has_the_records_in_their_order():
    assert list(SIGNATURE) == list(PROPS)


def test_the_docs_have_every_prop():
    assert set(documented()) == set(PROPS)


def test_the_docstring_has_every_prop():
    told = re.findall(r":param (\w+):", CoworksMicroService.__doc__)
    assert [name for name in told if name not in ("scope", "construct_id")] == list(PROPS)


@pytest.mark.parametrize("name", PROPS)
def test_the_types_are_one(name):
    prop = PROPS[name]
    expected = prop.kind.type if prop.required else prop.kind.type | None
    assert HINTS[name] == expected


@pytest.mark.parametrize("name", PROPS)
def test_every_optional_props_default_is_none(name):
    parameter, prop = SIGNATURE[name], PROPS[name]
    if prop.required:
        assert parameter.default is inspect.Parameter.empty
    else:
        assert parameter.default is None


@pytest.mark.parametrize("name", PROPS)
def test_the_docs_tell_the_default(name):
    prop, told = PROPS[name], documented()[name]
    default = prop.default
    if prop.required:
        assert told == "required"
    elif isinstance(default, Duration):
        assert told == f"{default.to_seconds():g} s"
    elif isinstance(default, (bool, str)):
        assert told == f"`{default}`" or (prop.elsewhere and told.endswith(f"else `{default}`"))
    elif isinstance(default, int):
        assert re.match(rf"{default}\b", told)
    elif default in ([], {}):
        assert told == "none" or (prop.elsewhere and told.startswith("the context's"))
    elif isinstance(default, list):
        assert told == ", ".join(f"`{item}`" for item in default)
    else:
        assert told.strip()
