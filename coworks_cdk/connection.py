"""What a service has to know of another one to call it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_secretsmanager as secretsmanager

from coworks_cdk.asked_once import stack_of


@dataclass(frozen=True)
class Connection:
    """Where a service answers, and what its callers need.

    :param class_name: the name of the service's class, by which its callers know it.
    :param url: tells the URL of its stage, where somebody is to know it.
    :param secret: the secret that holds its token, None without one.
    :param clear_token: its token in clear, None without one.
    """

    class_name: str
    url: Callable[[], str]
    secret: secretsmanager.ISecret | None = None
    clear_token: str | None = None

    @property
    def variables(self) -> dict[str, str]:
        """What ``remote(Class)`` of ``coworks_runtime.client`` reads."""
        prefix = f"CWS_{self.class_name.upper()}"
        variables = {f"{prefix}_URL": self.url()}
        if self.secret is not None:
            variables[f"{prefix}_TOKEN_SECRET_ARN"] = self.secret.secret_arn
        elif self.clear_token:
            variables[f"{prefix}_TOKEN"] = self.clear_token
        return variables

    def problems(self, environment: Mapping[str, str]) -> list[str]:
        """What keeps a function with this environment from having the connection too."""
        return [
            f"connect: got a service of the class {self.class_name!r}, and {name} is set to "
            "something else; allowed: one service of a class."
            for name, value in self.variables.items()
            if environment.get(name, value) != value
        ]


def stage_url(api: apigateway.RestApi, stage: str) -> str:
    """The URL of a stage, which refers to nothing but the API.

    ``api.url`` refers to the stage and by it to the function, so that a function which knows it
    can't be deployed; nor could two functions that know each other's.
    """
    stack = stack_of(api)
    host = f"{api.rest_api_id}.execute-api.{stack.region}.{stack.url_suffix}"
    return f"https://{host}/{stage}"
