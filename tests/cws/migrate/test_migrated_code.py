"""What is written into the services' code."""

from pathlib import Path

import pytest

from coworks_runtime.cws.migrate.python_code import header_named, migrate_code


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "class A(TechMicroService):\n  def get(self): ...\n",
            'class A(TechMicroService):\n  authorization_header = "X-Key"\n\n  def get(self): ...\n',
        ),
        (
            'class A(coworks.TechMicroService):\n    """Says."""\n    x = 1\n',
            (
                'class A(coworks.TechMicroService):\n    """Says."""\n\n'
                '    authorization_header = "X-Key"\n    x = 1\n'
            ),
        ),
        (
            "class A(TechMicroService):\n    @entry(\n    )\n    def get(self): ...\n",
            (
                'class A(TechMicroService):\n    authorization_header = "X-Key"\n\n'
                "    @entry(\n    )\n    def get(self): ...\n"
            ),
        ),
        (
            'class A(TechMicroService):\n    authorization_header = "Own"\n',
            'class A(TechMicroService):\n    authorization_header = "Own"\n',
        ),
        ("class A(Blueprint):\n    x = 1\n", "class A(Blueprint):\n    x = 1\n"),
        ("class A(TechMicroService): pass\n", "class A(TechMicroService): pass\n"),
        ("no Python\n", "no Python\n"),
    ],
)
def test_the_header_of_the_token_is_named_once(before, after):
    assert header_named(before, "X-Key") == after
    assert header_named(after, "X-Key") == after


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("super().__init__(stage_prefixed=False, **kwargs)", "super().__init__(**kwargs)"),
        ("super().__init__(name='a', stage_prefixed=False)", "super().__init__(name='a')"),
        ("super().__init__(stage_prefixed=\n  False)", None),
        ("super().__init__(stage_prefixed=False)", None),
    ],
)
def test_what_means_nothing_any_more_is_taken_out_of_the_calls(call, expected):
    text = f"import coworks\n\n{call}\n"
    changed, findings = migrate_code(text, Path("a.py"))
    told = [f.line for f in findings]
    assert (changed, told) == (
        f"import coworks_runtime\n\n{expected or call}\n",
        [] if expected else [3 + call.count("\n")],
    )


@pytest.mark.parametrize(
    ("made", "renamed"),
    [
        ("f'coworks.blueprint.{name}'", "f'coworks_runtime.blueprint.{name}'"),
        ("'coworks.' + name", "'coworks_runtime.' + name"),
    ],
)
def test_a_module_named_as_the_program_runs_is_renamed_and_told(made, renamed):
    text = f"load({made})\n"
    changed, findings = migrate_code(text, Path("a.py"))
    assert changed == f"load({renamed})\n"
    assert [finding.line for finding in findings] == [1]
