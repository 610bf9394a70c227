"""The tree of an API's resources."""

import random

from coworks_cdk.api.route_tree import parts_of, positional_parts, route_tree
from coworks_cdk.service_description import Entry


def entry(method, path, **options):
    return Entry(
        method=method,
        path=path,
        endpoint=f"{method.lower()}_{path}",
        blueprint=None,
        no_auth=options.get("no_auth", False),
        no_cors=options.get("no_cors", True),
        binary_headers=None,
        stages=None,
        parameters=(),
        doc=None,
    )


def paths(root):
    return {node.path: sorted(node.entries) for node in root.walk()}


def test_a_resource_for_each_path_part():
    tree = route_tree([entry("GET", "/"), entry("GET", "/a/b"), entry("POST", "/a/b")])
    assert paths(tree) == {"/": ["GET"], "/a": [], "/a/b": ["GET", "POST"]}


def test_variables_of_one_level_are_one_resource():
    tree = route_tree(
        [
            entry("GET", "/content/{value}"),
            entry("GET", "/content/{id}/{other}"),
            entry("PUT", "/content/{key}"),
        ]
    )
    assert paths(tree) == {
        "/": [],
        "/content": [],
        "/content/{p1}": ["GET", "PUT"],
        "/content/{p1}/{p2}": ["GET"],
    }


def test_a_renamed_variable_changes_nothing():
    before, after = route_tree([entry("GET", "/{a}/x")]), route_tree([entry("GET", "/{b}/x")])
    assert paths(before) == paths(after)


def test_greedy_variables_stay_greedy():
    assert positional_parts("/file/{dir}/{path+}") == ["file", "{p1}", "{p2+}"]


def test_a_trailing_slash_adds_no_part():
    assert parts_of("/a/b/") == ["a", "b"]
    assert parts_of("/") == []


def test_the_order_of_entries_does_not_matter():
    entries = [entry(m, p) for m in ("GET", "PUT") for p in ("/", "/b", "/a/{x}", "/a/{y}/z", "/a")]
    expected = [(n.path, list(n.entries)) for n in route_tree(entries).walk()]
    for seed in range(5):
        shuffled = random.Random(seed).sample(entries, len(entries))
        assert [(n.path, list(n.entries)) for n in route_tree(shuffled).walk()] == expected


def test_cors_methods_are_those_of_the_entries_that_ask_for_it():
    tree = route_tree(
        [entry("PUT", "/a", no_cors=False), entry("GET", "/a", no_cors=False), entry("POST", "/a")]
    )
    assert tree.children["a"].cors_methods == ("GET", "PUT")
