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


def render(template, body="", variables=None, **given):
    override = {"header": {}}
    context = {"stage": "dev", "identity": {"sourceIp": "127.0.0.1"}, "responseOverride": override}
    values = {
        "input": vtl.Input(body, **given),
        "util": vtl.Util(),
        "context": context,
        "stageVariables": variables or {},
    }
    return vtl.render(vtl.parse(template), values), override


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
    text, override = render(template, header=headers)
    assert not text.strip()
    assert override.get("status") == status
    assert list(override["header"].values()) == ([] if overridden is None else [overridden])


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("$5 and #1, $ and # $context.stage.", "$5 and #1, $ and # dev."),
        ("${context.stage}s $!{context.stage} $!context.identity.sourceIp", "devs dev 127.0.0.1"),
        ("a## all the rest\nb#* and\nthis *#c", "abc"),
        ("$context.identity.user|$stageVariables.none|$stageVariables.a", "||b"),
        ("#set($x = [1, 'two', 3.5])$x $x[1] $x.get(0) $x.size()", "[1, two, 3.5] two 1 3"),
        ('#set($m = {"a": 1, "b": $null})$m $m.a $m["a"] $m.get("b")|', "{a=1, b=null} 1 1 |"),
        ("#foreach($i in [1..3])$i#if($foreach.hasNext),#end#end", "1,2,3"),
        ("#foreach($i in [3..1])$velocityCount#end", "123"),
        ("#foreach($i in [1..9])#if($i > 2)#break#end$i#end", "12"),
        ("#set($m = {})#foreach($v in $m)x#{end}none", "none"),
        ("#set($m = {'a': 1})#foreach($e in $m.entrySet())$e.key=$e.value#end", "a=1"),
        ("#set($s = 'It is')$s.toUpperCase() $s.length() $s.substring(3)", "IT IS 5 is"),
        ("#set($s = \"${context.stage}-x\")$s.replace('-', '_')", "dev_x"),
        ("#set($a = 7)#set($b = ($a + 1) * 2 - 6 / 4)$b #set($c = -$a % 4)$c", "15 -3"),
        ("#if(1 == '1' && !(2 < 1) and not false || 1 ne 1)yes#{else}no#end", "yes"),
        ("#if('')empty is true#end#if($null)null is#end", "empty is true"),
        ("#if(1 eq 1.0)same#end #if(true == 'true')too#end", "same too"),
        ("#set($x = 1 + 'a')$x", "1a"),
        ("#set($o = {})#set($o.a = {})#set($o['a'][\"b\"] = 2)$o", "{a={b=2}}"),
        ("#set($l = [])#set($n = $l.add('x'))$l.contains('x') $l.isEmpty()", "true false"),
        ("$input.body", '{"a": [{"b": "x"}]}'),
        (
            "$input.json('$.a[0].b') $input.path('$.a[0].b') $input.json('$')",
            '"x" x {"a":[{"b":"x"}]}',
        ),
        ("$input.json('$.none')|$input.path('$.a[9]')|", "||"),
        ("$input.params('p') $input.params().querystring.q $input.params('none')|", "path query |"),
        ("$util.urlEncode('a b/ü') $util.urlDecode('a+b')", "a+b%2F%C3%BC a b"),
        ("$util.base64Encode('ü') $util.base64Decode('w7w=')", "w7w= ü"),
        ("#set($j = $util.parseJson('[1, true, null]'))$j $j[1]", "[1, true, null] true"),
        ('$util.escapeJavaScript("it\'s ü/")', "it\\'s \\u00FC\\/"),
        ('$util.escapeJavaScript("it\'s").replaceAll("\\\\\'", "\'")', "it's"),
        ("#set($s = 'a-b')$s.replaceAll('(a)-(b)', '$2$1')", "ba"),
        ("#set($s = 'a,b')#foreach($p in $s.split(','))[$p]#end", "[a][b]"),
    ],
)
def test_text(template, text):
    given = {"path": {"p": "path"}, "querystring": {"q": "query"}, "header": {"p": "header"}}
    assert render(template, '{"a": [{"b": "x"}]}', {"a": "b"}, **given)[0] == text


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("#macro(a)", "directive #macro"),
        ("#{stop}", "directive #stop"),
        ("\\$a", "escape"),
        ("#[[raw]]#", "escape"),
        ("$a", "which nothing sets"),
        ("#foreach($a in $b)#end", r"\$b, which nothing sets"),
        ("#foreach($a in [])", "without #end"),
        ("#foreach(a)#end", "#foreach at"),
        ("#set $a", "without parentheses"),
        ("#set($a = 'b'", "unclosed"),
        ("#set($a = 'b)", "unclosed quote"),
        ("#set(a = 'b')", "assignment to"),
        ("#set($a = {})#set($a.get('a') = 'b')", "assignment to"),
        ("#set($a = $util.escape('b'))", "expression"),
        ("#set($a = 'b'.length())", "#set without"),
        ("#set($a = 'b')$a.reverse()", r"expression '\$a\.\.\.reverse\(\)'"),
        ("$context.unheardOf", r"expression '\$context.unheardOf'"),
        ("$input", r"expression '\$input'"),
        ("$input['body']", "expression"),
        ("$input.json('$..a')", "JSON path"),
        ("$input.path('a')", "JSON path"),
        ("${context.stage", "expression"),
        ("#if(true)", "without #end"),
        ("#end", "without #if"),
        ("#else", "without #if"),
        ('#set($a = "#end")', "without #if"),
        ("#if(1 < )#end", "expression"),
        ("#set($a = [1 2])", "a list without"),
        ("#set($a = {1 2})", "a map without"),
        ("#set($a = (1)", "unclosed|without"),
    ],
)
def test_templates_not_understood(template, why):
    with pytest.raises(vtl.NotUnderstood, match=why):
        vtl.parse(template)


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("$input.json('$.a')", "no JSON"),
        ("$util.parseJson('{')", "can't read"),
        ("$util.base64Decode('%')", "can't read"),
        ("#set($a = 1)$a.length()", r"int has no length\(\)"),
        ("#set($a = [])$a.get(3)", "can't be called so"),
        ("#set($a = 'x')$a.replaceAll('(', '')", "can't be called so"),
        ("#set($a = 'x' - 1)", "needs numbers"),
        ("#set($a = 1)#set($a.b = 2)", "nothing can be set"),
        ("#foreach($a in 'text')#end", "needs a list"),
        ("#set($a = [1..99999999])", "a range"),
    ],
)
def test_templates_that_fail_with_what_they_meet(template, why):
    with pytest.raises(vtl.Failed, match=why):
        render(template, "{")
