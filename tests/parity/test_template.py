from tests.cfn_lint import cfn_lint


def test_cfn_lint_has_nothing_to_say(assembly):
    assert cfn_lint(sorted(assembly.glob("*.template.json"))) == []
