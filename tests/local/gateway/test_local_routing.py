"""API Gateway's own routing."""

import pytest

from coworks_cdk.local.gateway.routing import Router
from coworks_cdk.local.template.records import Lambda, Route

ROUTES = {
    "/": ["GET"],
    "/test": ["GET"],
    "/{id}": ["GET", "POST"],
    "/a": [],
    "/a/{x}": ["GET"],
    "/a/{x}/b": ["GET"],
    "/a/lit": ["POST"],
    "/file": [],
    "/file/{path+}": ["ANY"],
    "/c": [],
    "/c/{v}": [],
    "/c/{v}/x": ["GET"],
}


@pytest.fixture(scope="module")
def router():
    routes = [
        Route(method, path, "id", Lambda("arn"))
        for path, methods in ROUTES.items()
        for method in methods
    ]
    return Router(tuple(ROUTES), routes)


@pytest.mark.parametrize(
    ("method", "path", "resource", "parameters"),
    [
        ("GET", "/", "/", {}),
        ("GET", "", "/", {}),
        ("GET", "/test", "/test", {}),
        ("GET", "/te%73t", "/test", {}),
        ("GET", "/test/", "/test", {}),
        ("GET", "/other", "/{id}", {"id": "other"}),
        ("GET", "/a%2Fb", "/{id}", {"id": "a%2Fb"}),
        ("POST", "/x", "/{id}", {"id": "x"}),
        ("GET", "/a", "/{id}", {"id": "a"}),
        ("GET", "/a/1", "/a/{x}", {"x": "1"}),
        ("GET", "/a/1/b", "/a/{x}/b", {"x": "1"}),
        ("GET", "/a/lit/b", "/a/{x}/b", {"x": "lit"}),
        ("DELETE", "/file/a/b%20c", "/file/{path+}", {"path": "a/b%20c"}),
        ("GET", "/file/a//b", "/file/{path+}", {"path": "a//b"}),
        ("GET", "/c/1/x", "/c/{v}/x", {"v": "1"}),
    ],
)
def test_routes(router, method, path, resource, parameters):
    match = router.match(method, path)
    assert match is not None
    assert match.route.path == resource
    assert match.parameters == parameters


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/test"),
        ("HEAD", "/"),
        ("GET", "/a/lit"),
        ("GET", "/a/1/c"),
        ("GET", "/a//b"),
        ("GET", "/c/1"),
        ("GET", "/test/more"),
    ],
)
def test_no_routes(router, method, path):
    assert router.match(method, path) is None
