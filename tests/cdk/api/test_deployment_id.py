"""A new deployment when the API changes, and not otherwise."""

import textwrap
from pathlib import Path

import pytest
from aws_cdk import App, Duration, Stack, assertions

from coworks_cdk import CoworksMicroService
from tests.cfn_lint import cfn_lint

SOURCE = """
    from coworks_runtime import Cors, TechMicroService, entry

    class Service(TechMicroService):
        authorization_header = "Authorization"
        cors = Cors(max_age=600)

        def token_authorizer(self, token):
            return token == "token"

        @entry
        def get(self):
            return "one"

        @entry(no_cors=False)
        def get_value(self, value):
            return value

    app = Service(name="service")
"""

# What is changed in the source, and in the props.
CHANGES = {
    "a route more": ({'return "one"': 'return "one"\n\n    @entry\n    def get_x(self): ...'}, {}),
    "a method": ({"def get_value": "def put_value"}, {}),
    "public": ({"@entry\n": "@entry(no_auth=True)\n"}, {}),
    "cors": ({"max_age=600": "max_age=60"}, {}),
    "no cors": ({"no_cors=False": ""}, {}),
    "header": ({'"Authorization"': '"X-Token"'}, {}),
    "ttl": ({}, {"authorizer_cache_ttl": Duration.seconds(60)}),
    "binary types": ({}, {"binary_media_types": ["image/*"]}),
}
NO_CHANGES = {
    "code": ({'"one"': '"two"'}, {}),
    "authorizer's code": ({'"token"': '"other"'}, {}),
    "a renamed variable": ({"value)": "other)"}, {}),
    "description": ({}, {"description": "Other."}),
    "memory": ({}, {"memory_size": 1024}),
    "environment": ({}, {"environment": {"COLOUR": "blue"}}),
    "stage": ({}, {"stage": "prod"}),
    "logs": ({}, {"access_logs": True}),
}


@pytest.fixture(scope="module")
def deployments(tmp_path_factory, layer_arn):
    """The logical id of the deployment after each change, in one app."""
    app = App()
    stacks = {}
    for number, (name, (edits, props)) in enumerate(
        {"unchanged": ({}, {}), **CHANGES, **NO_CHANGES}.items()
    ):
        source = textwrap.dedent(SOURCE)
        for old, new in edits.items():
            assert old in source
            source = source.replace(old, new)
        folder = tmp_path_factory.mktemp("service")
        (folder / "service.py").write_text(source)
        stacks[name] = Stack(app, f"Stack{number}")
        CoworksMicroService(
            stacks[name],
            "Service",
            app="service",
            project_dir=folder,
            coworks_layer=layer_arn,
            **props,
        )
    ids = {}
    for name, stack in stacks.items():
        template = assertions.Template.from_stack(stack)
        (ids[name],) = template.find_resources("AWS::ApiGateway::Deployment")
    assert cfn_lint(sorted(Path(app.synth().directory).glob("*.template.json"))) == []
    return ids


@pytest.mark.parametrize("name", CHANGES)
def test_a_new_deployment(deployments, name):
    assert deployments[name] != deployments["unchanged"]


def test_each_change_has_its_own(deployments):
    assert len({deployments[name] for name in CHANGES}) == len(CHANGES)


@pytest.mark.parametrize("name", NO_CHANGES)
def test_the_same_deployment(deployments, name):
    assert deployments[name] == deployments["unchanged"]


def test_a_changed_gateway_response_is_a_new_deployment(monkeypatch):
    from coworks_cdk.api import rest_api as api
    from coworks_cdk.api.route_tree import RouteNode
    from coworks_cdk.service_description import Cors

    def fingerprint():
        return api.deployment_fingerprint(
            RouteNode("", "/"), cors=Cors(), authorizer=None, binary_media_types=[]
        )

    before = fingerprint()
    assert fingerprint() == before
    monkeypatch.setattr(api, "_GATEWAY_RESPONSES", api._GATEWAY_RESPONSES[1:])
    assert fingerprint() != before
