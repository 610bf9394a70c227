"""Docstrings and annotations, as Admin shows them."""

import pytest

from coworks_runtime.blueprint.admin.catalog import short_type
from coworks_runtime.blueprint.admin.docstrings import Docstring, parse_docstring


@pytest.mark.parametrize("doc", [None, "", "   "])
def test_no_docstring(doc: str | None) -> None:
    assert parse_docstring(doc) == Docstring()


def test_text_and_fields() -> None:
    doc = parse_docstring(
        """A summary
        over two lines.

        Details: of :class:`Item`.

        :param int first: with its type
        :param *rest: of them

            more of rest
        :type first: int
        :returns:
            what it gives
        :raises ValueError: never
        :rtype: int
        :note: stays
            with this
        """
    )
    assert doc.summary == "A summary over two lines."
    assert doc.details == "Details: of :class:`Item`.\n\n:note: stays\nwith this"
    assert doc.parameters == {"first": "with its type", "rest": "of them more of rest"}
    assert doc.returns == "what it gives"
    assert doc.raises == (("ValueError", "never"),)


def test_a_param_field_without_name_is_left_out() -> None:
    assert parse_docstring(":param: nobody").parameters == {}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("int", "int"),
        ("uuid.UUID | None", "UUID | None"),
        ("dict[str, a.b.C]", "dict[str, C]"),
        ("Literal['a.b', 1.5]", "Literal['a.b', 1.5]"),
    ],
)
def test_annotations_without_modules(text: str, shown: str) -> None:
    assert short_type(text) == shown
