"""IAM's patterns."""

from coworks_cdk.local.arn_pattern import matches


def test_patterns_are_no_regular_expressions():
    assert matches("a.b", "a.b")
    assert not matches("a.b", "axb")
    assert matches("a*", "a/b\nc")
