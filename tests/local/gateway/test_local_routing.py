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
        ("POST", "/test", "/{id}", {"id": "test"}),
        ("POST", "/a/lit", "/a/lit", {}),
        ("GET", "/a/lit", "/a/{x}", {"x": "lit"}),
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
        ("PUT", "/test"),
        ("HEAD", "/"),
        ("PUT", "/a/lit"),
        ("GET", "/a/1/c"),
        ("GET", "/a//b"),
        ("GET", "/c/1"),
        ("GET", "/test/more"),
    ],
)
def test_no_routes(router, method, path):
    assert router.match(method, path) is None


# As measured and recorded of AWS.
RECORDED = [
    "GET /users/{userId}",
    "PATCH /users/me",
    "POST /roles/provision",
    "GET /roles/{roleId}",
    "GET /things/real",
    "POST /things/{proxy+}",
    "OPTIONS /cors_only",
    "ANY /{proxy+}",
]


@pytest.mark.parametrize(
    ("method", "path", "resource"),
    [
        ("GET", "/users/me", "/users/{userId}"),
        ("PATCH", "/users/me", "/users/me"),
        ("POST", "/roles/provision", "/roles/provision"),
        ("GET", "/roles/provision", "/roles/{roleId}"),
        ("GET", "/things/real", "/things/real"),
        ("POST", "/things/real", "/things/{proxy+}"),
        ("GET", "/cors_only", "/{proxy+}"),
        ("OPTIONS", "/cors_only", "/cors_only"),
        ("GET", "/users", "/{proxy+}"),
        ("DELETE", "/users/me", "/{proxy+}"),
    ],
)
def test_resource_and_method_are_chosen_together(method, path, resource):
    routes = [Route(*line.split(" "), "id", Lambda("arn")) for line in RECORDED]
    paths = {"/", "/users", "/roles", "/things", *(route.path for route in routes)}
    match = Router(sorted(paths), routes).match(method, path)
    assert match is not None
    assert match.route.path == resource
