"""Services that nobody can call."""

import pytest

from coworks_cdk.local.project.tokens import unset_tokens
from coworks_cdk.local.template.assembly import read_assembly
from coworks_cdk.local.template.model import read_model
from tests.local.assemblies import function, method, service, token_authorizer, write

OWN = "class S:\n    def token_authorizer(self, token): ..."


@pytest.mark.parametrize(
    ("variables", "sources", "told"),
    [
        ({"CWS_STAGE": "dev"}, "", True),
        ({"CWS_STAGE": "dev", "TOKEN": ""}, "", True),
        ({"CWS_STAGE": "dev", "TOKEN": "x"}, "", False),
        ({"CWS_STAGE": "dev", "CWS_TOKEN_SECRET_ARN": "arn"}, "", False),
        ({"CWS_STAGE": "dev"}, OWN, False),
        ({}, "", False),
    ],
)
@pytest.mark.parametrize("protected", [True, False])
def test_services_without_a_token(tmp_path, variables, sources, told, protected):
    resources = service(Function=function("code", Environment={"Variables": variables}))
    if protected:
        resources |= {"Get": method(authorizer="Authorizer"), "Authorizer": token_authorizer()}
    folder = write(tmp_path / "cdk.out", resources, {"app.py": sources})
    lines = list(unset_tokens(read_model(read_assembly(folder))))
    assert bool(lines) == (told and protected)
    assert all("Service: TOKEN is not set" in line and ".env" in line for line in lines)
