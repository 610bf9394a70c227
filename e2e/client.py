"""What the end-to-end run asks of the deployed stack: HTTP requests and AWS's own descriptions."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any

import boto3

from e2e.embedded_aws import ACCOUNT, REGION, EmbeddedAws


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


@dataclass(frozen=True)
class Method:
    """A method of a deployed API, and who lets a caller in."""

    http_method: str
    path: str
    authorization: str
    authorizer_id: str | None


class Deployed:
    """The account as the run sees it.

    :param aws: the embedded AWS, started.
    """

    def __init__(self, aws: EmbeddedAws) -> None:
        self._port = aws.port
        session = boto3.Session(
            aws_access_key_id=ACCOUNT, aws_secret_access_key="test", region_name=REGION
        )
        self._client: dict[str, Any] = {
            name: session.client(name, endpoint_url=aws.endpoint)
            for name in ("apigateway", "cloudformation", "cloudwatch", "iam", "lambda", "logs")
        }

    def request(
        self,
        api_id: str,
        method: str,
        path: str,
        *,
        token: str | None = None,
        json_body: object = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send a request to an API as its own URL would: the host name tells the API.

        :param path: with the stage, as in `/dev/content`.
        :param token: the `Authorization` header.
        """
        sent = {"Host": f"{api_id}.execute-api.localhost.localstack.cloud:{self._port}"}
        sent |= headers or {}
        body = None
        if token is not None:
            sent["Authorization"] = token
        if json_body is not None:
            sent["Content-Type"] = "application/json"
            body = json.dumps(json_body)
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.headers.items()), answer.read())
        finally:
            connection.close()

    def stack(self, name: str) -> dict[str, Any] | None:
        """Return CloudFormation's description of a stack, or None where there is none."""
        found = self._client["cloudformation"].list_stacks()["StackSummaries"]
        alive = [
            one["StackId"]
            for one in found
            if one["StackName"] == name and one["StackStatus"] != "DELETE_COMPLETE"
        ]
        if not alive:
            return None
        described = self._client["cloudformation"].describe_stacks(StackName=name)
        stack: dict[str, Any] = described["Stacks"][0]
        return stack

    def resources(self, stack: str) -> dict[str, dict[str, Any]]:
        """Return a stack's resources by logical id."""
        found = self._client["cloudformation"].describe_stack_resources(StackName=stack)
        return {one["LogicalResourceId"]: one for one in found["StackResources"]}

    def methods(self, api_id: str) -> list[Method]:
        """Return the methods of an API."""
        gateway = self._client["apigateway"]
        found = []
        for page in gateway.get_paginator("get_resources").paginate(
            restApiId=api_id, embed=["methods"]
        ):
            for resource in page["items"]:
                for name in resource.get("resourceMethods", {}):
                    method = gateway.get_method(
                        restApiId=api_id, resourceId=resource["id"], httpMethod=name
                    )
                    found.append(
                        Method(
                            name,
                            resource["path"],
                            method["authorizationType"],
                            method.get("authorizerId"),
                        )
                    )
        return sorted(found, key=lambda one: (one.path, one.http_method))

    def authorizers(self, api_id: str) -> list[dict[str, Any]]:
        """Return the authorizers of an API."""
        found: list[dict[str, Any]] = self._client["apigateway"].get_authorizers(restApiId=api_id)[
            "items"
        ]
        return found

    def deployment(self, api_id: str, stage: str) -> str:
        """Return the id of the deployment that a stage serves."""
        described = self._client["apigateway"].get_stage(restApiId=api_id, stageName=stage)
        return str(described["deploymentId"])

    def function(self, name: str) -> dict[str, Any]:
        """Return a function's configuration."""
        described: dict[str, Any] = self._client["lambda"].get_function_configuration(
            FunctionName=name
        )
        return described

    def alarms(self) -> list[str]:
        """Return the metrics that alarms look at, sorted."""
        alarms = self._client["cloudwatch"].describe_alarms()["MetricAlarms"]
        return sorted(alarm["MetricName"] for alarm in alarms)

    def layer_versions(self, arn: str) -> list[str]:
        """Return the versions that are left of the layer that a version belongs to.

        :param arn: the ARN of a version.
        """
        # Not list_layers: the embedded AWS fails on a layer without versions.
        layer = arn.rpartition(":")[0]
        found = self._client["lambda"].list_layer_versions(LayerName=layer)["LayerVersions"]
        return [one["LayerVersionArn"] for one in found]

    def inventory(self) -> dict[str, set[str]]:
        """Return the names of all that a stack of services can leave behind."""
        return {
            "APIs": _names(self._client["apigateway"].get_rest_apis()["items"], "id"),
            "functions": _names(
                self._client["lambda"].list_functions()["Functions"], "FunctionName"
            ),
            "log groups": _names(
                self._client["logs"].describe_log_groups()["logGroups"], "logGroupName"
            ),
            "roles": _names(self._client["iam"].list_roles()["Roles"], "RoleName"),
        }


def _names(items: list[dict[str, Any]], key: str) -> set[str]:
    return {str(item[key]) for item in items}
