"""The template language."""

import pytest

from coworks_cdk.local import vtl

CDK_TEMPLATE = """#set($origin = $input.params().header.get("Origin"))
#if($origin == "")
  #set($origin = $input.params().header.get("origin"))
#end
#if($origin == "https://a.example" || $origin == "https://b.example")
  ## allowed
  #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)
#end"""
BRANCHES = """
#set($h = $input.params().header)
#if(!$h.get('X'))#set($context.responseOverride.status = 204)
#elseif($h.get('X') != 'a' && $h.get('X') != 'b')#set($context.responseOverride.status = 400)
#else
  #if($h.get('X'))#set($context.responseOverride.header.X = $input.params('X'))#end
#end
"""


@pytest.mark.parametrize(
    ("template", "headers", "status", "overridden"),
    [
        (CDK_TEMPLATE, {"Origin": "https://b.example"}, None, "https://b.example"),
        (CDK_TEMPLATE, {"Origin": "https://c.example"}, None, None),
        (CDK_TEMPLATE, {}, None, None),
        (BRANCHES, {}, 204, None),
        (BRANCHES, {"X": "c"}, 400, None),
        (BRANCHES, {"X": "b"}, None, "b"),
        ("", {}, None, None),
    ],
)
def test_templates(template, headers, status, overridden):
    override = vtl.run(vtl.parse(template), headers)
    assert override.status == status
    assert list(override.headers.values()) == ([] if overridden is None else [overridden])


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("text", "text 'text'"),
        ("#set($a = 'b') text", "text 'text'"),
        ("#foreach($a in $b)", "text"),
        ("#set $a", "without parentheses"),
        ("#set($a = 'b'", "unclosed"),
        ("#set(a = 'b')", "assignment to 'a'"),
        ("#set($a = $util.escape('b'))", "expression"),
        ("#set($a = [])", "expression"),
        ("#if($a)", "without #end"),
        ("#end", "without #if"),
        ("#else", "without #if"),
        ("#if($a < 3)#end", "expression"),
    ],
)
def test_templates_not_understood(template, why):
    with pytest.raises(vtl.NotUnderstood, match=why):
        vtl.parse(template)
