"""The story that the run tells: the quickstart's life in an account, from bootstrap to destroy."""

from __future__ import annotations

import json
import re
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from e2e.cdk import Cdk
from e2e.client import Deployed, Method
from e2e.embedded_aws import EmbeddedAws
from e2e.environment import ROOT
from e2e.report import Report

STACK = "QuickstartStack"
STAGE = "dev"
TOKEN = "mytoken"
_WORK_SECONDS = 30

#: What a team adds to an API: a route of its own, and a method that the API's construct ignores.
_DECLARED = {
    "Hello": """from aws_cdk import aws_apigateway as apigateway
        service.api.root.add_resource("health").add_method(
            "GET",
            apigateway.MockIntegration(
                request_templates={"application/json": '{"statusCode":200}'},
                integration_responses=[apigateway.IntegrationResponse(status_code="200")],
                content_handling=apigateway.ContentHandling.CONVERT_TO_TEXT,
            ),
            method_responses=[apigateway.MethodResponse(status_code="200")],
        )""",
    "First": """apigateway.CfnMethod(
            self,
            "Raw",
            rest_api_id=service.api.rest_api_id,
            resource_id=service.api.rest_api_root_resource_id,
            http_method="PATCH",
            authorization_type="NONE",
            integration=apigateway.CfnMethod.IntegrationProperty(
                type="MOCK",
                content_handling="CONVERT_TO_TEXT",
                request_templates={"application/json": '{"statusCode":200}'},
                integration_responses=[
                    apigateway.CfnMethod.IntegrationResponseProperty(status_code="200")
                ],
            ),
            method_responses=[apigateway.CfnMethod.MethodResponseProperty(status_code="200")],
        )
        from aws_cdk import aws_sns as sns
        service.add_alarms(sns.Topic(self, "OnCall"))
        service.dashboard(entries=["get"])""",
}


def copy_project(folder: Path) -> Path:
    """Copy the quickstart into a folder of the run, with a token for the service that needs one."""
    ignored = shutil.ignore_patterns("__pycache__", ".env*")
    shutil.copytree(ROOT / "tech", folder / "tech", ignore=ignored)
    for name in ("app.py", "cdk.json"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "tech" / ".env").write_text(f"TOKEN={TOKEN}\n")
    return folder


@dataclass
class Scenario:
    """Runs step after step; each relies on those before it.

    :param report: where it tells what it shows.
    :param cdk: the CDK's command line in the project folder.
    :param deployed: the account.
    :param project: the project folder, a copy that it may change.
    :param aws: the embedded AWS, started.
    """

    report: Report
    cdk: Cdk
    deployed: Deployed
    project: Path
    aws: EmbeddedAws
    _api: dict[str, str] = field(default_factory=dict)

    def run(self) -> None:
        """Run all steps."""
        with self.report.step("cdk bootstrap"):
            self.cdk.bootstrap()
            self._stack_is("CDKToolkit", "CREATE_COMPLETE")
        before = self.deployed.inventory()
        self._first_deploy()
        self._requests()
        self._changed_deploy()
        self._platform_deploy()
        self._document_deploy()
        self._unchanged_deploy()
        self._destroy(before)
        with self.report.step("What the embedded AWS left undone"):
            self.report.equal("nothing was skipped silently", self.aws.skipped(), [])

    # The steps

    def _first_deploy(self) -> None:
        with self.report.step("cdk deploy"):
            _, outputs = self.cdk.deploy()
            self._stack_is(STACK, "CREATE_COMPLETE")
            self._all_resources_are_complete()
            self._api = self._api_ids()
            self.report.equal(
                "there is an API for each service",
                sorted(self._api),
                ["Complete", "First", "Hello"],
            )
            for service, api_id in self._api.items():
                self.report.true(
                    f"{service}: the outputs hold the API's id and its URL",
                    _names_api(outputs[STACK], service, api_id),
                    repr(outputs[STACK]),
                )
            self._authorizers()

    def _authorizers(self) -> None:
        hello = self.deployed.methods(self._api["Hello"])
        self.report.equal("Hello: its entry is public", hello, [Method("GET", "/", "NONE", None)])
        self.report.equal(
            "Hello: it has no authorizer", self.deployed.authorizers(self._api["Hello"]), []
        )
        for service in ("First", "Complete"):
            authorizers = self.deployed.authorizers(self._api[service])
            self.report.equal(f"{service}: it has one authorizer", len(authorizers), 1)
            authorizer = authorizers[0]
            self.report.equal(
                f"{service}: which takes the token of the header",
                (authorizer["type"], authorizer["identitySource"]),
                ("TOKEN", "method.request.header.Authorization"),
            )
            function = self._function(service)
            self.report.true(
                f"{service}: and asks the service's own function",
                function["FunctionName"] in authorizer["authorizerUri"],
                authorizer["authorizerUri"],
            )
            expected = {
                (one["method"], _anonymous(one["path"])): None
                if one["no_auth"]
                else authorizer["id"]
                for one in self.cdk.entry_map(f"{service.lower()}:app")
            }
            self.report.equal(
                f"{service}: and is attached to its protected entries, and to nothing else",
                self._attached(service),
                expected,
            )
        first = self.deployed.methods(self._api["First"])
        self.report.equal(
            "First: its methods are its entries",
            [(one.http_method, one.path) for one in first],
            [("GET", "/"), ("POST", "/")],
        )

    def _requests(self) -> None:
        with self.report.step("HTTP requests"):
            self._answers("Hello", "GET", "/dev", 200, "Hello world.\n")
            self._answers("Hello", "GET", "/dev/", 200, "Hello world.\n")
            self._answers("Hello", "GET", "/dev/unknown", 404, None)
            self._answers("First", "GET", "/dev", 200, "Stored value 0.\n", token="token")
            self._answers("First", "GET", "/dev", 403, None, token="wrong")
            self._answers("First", "GET", "/dev", 401, None)
            self._answers(
                "First",
                "POST",
                "/dev",
                200,
                "Value stored (20).\n",
                token="token",
                body={"value": 20},
            )
            self._answers("First", "GET", "/dev", 200, "Stored value 20.\n", token="token")
            self._answers("First", "POST", "/dev", 422, None, token="token", body={"other": 1})
            self._answers("Complete", "GET", "/dev", 200, "Stored value 0.\n", token=TOKEN)
            self._answers("Complete", "GET", "/dev/profile", 403, None, token="wrong")
            page = self.deployed.request(self._api["Complete"], "GET", "/dev/admin", token=TOKEN)
            self.report.true(
                "Complete: GET /dev/admin is the page of its routes",
                page.status == 200 and "<html" in page.text.lower() and "/profile" in page.text,
                f"{page.status} {page.text[:200]}",
            )
            profile = self.deployed.request(
                self._api["Complete"], "GET", "/dev/profile", token=TOKEN
            )
            self.report.true(
                "Complete: GET /dev/profile is the profile of the last request",
                profile.status == 200 and "function calls" in profile.text,
                f"{profile.status} {profile.text[:200]}",
            )

    def _changed_deploy(self) -> None:
        with self.report.step("cdk deploy with a changed answer, a new entry and an opened one"):
            before = {name: self.deployed.deployment(self._api[name], STAGE) for name in self._api}
            source = self.project / "tech" / "hello.py"
            _replace(source, "Hello world.\\n", "Hello again.\\n")
            _replace(
                source,
                "    @entry(no_auth=True)\n    def get(self):",
                "    @entry\n    def get_added(self, name):\n"
                '        return f"Added {name}.\\n"\n\n'
                "    @entry(no_auth=True, background=True)\n"
                "    def post_later(self, *, into: str, say: str):\n"
                '        with open(into, "w") as file:\n'
                "            file.write(say)\n\n"
                "    @entry(no_auth=True)\n    def get(self):",
            )
            _, outputs = self.cdk.deploy()
            self._stack_is(STACK, "UPDATE_COMPLETE")
            self._all_resources_are_complete()
            self.report.true(
                "the API's id and URL stay",
                _names_api(outputs[STACK], "Hello", self._api["Hello"]),
                repr(outputs[STACK]),
            )
            self._answers("Hello", "GET", "/dev", 200, "Hello again.\n")
            self._answers("Hello", "GET", "/dev/added/x", 403, None, token="any")
            authorizers = [one["id"] for one in self.deployed.authorizers(self._api["Hello"])]
            self.report.equal("Hello: it has an authorizer now", len(authorizers), 1)
            self.report.equal(
                "Hello: which is attached to the new entry only",
                self._attached("Hello"),
                {
                    ("GET", "/"): None,
                    ("GET", "/added/{}"): authorizers[0] if authorizers else "none",
                    ("POST", "/later"): None,
                },
            )
            after = {name: self.deployed.deployment(self._api[name], STAGE) for name in self._api}
            self.report.equal(
                "the stage of the changed API serves a new deployment, the others' don't",
                {name for name in after if after[name] != before[name]},
                {"Hello"},
            )
            self._works_after_the_answer()

    def _works_after_the_answer(self) -> None:
        """A background entry: the 202 is API Gateway's, and the work an asynchronous invocation.

        The embedded AWS hands the template the body as text where AWS hands base64, and no names
        of headers; what the template makes of those is shown by the local gateway's tests.
        """
        into, say = self.project / "said", 'it\'s "said" \\ $context.stage #end é'
        answer = self.deployed.request(
            self._api["Hello"], "POST", "/dev/later", json_body={"into": str(into), "say": say}
        )
        self.report.true(
            "Hello: POST /dev/later → 202 with the request's id",
            answer.status == 202 and '"request_id"' in answer.text,
            f"{answer.status} {answer.text[:500]}",
        )
        end = time.monotonic() + _WORK_SECONDS
        while not into.exists() and time.monotonic() < end:
            time.sleep(0.1)
        found = into.read_text() if into.exists() else None
        self.report.equal("Hello: and the work is done, with what was sent", found, say)

    def _platform_deploy(self) -> None:
        with self.report.step("cdk deploy with a route and a method that app.py itself declares"):
            before = {name: self.deployed.deployment(self._api[name], STAGE) for name in self._api}
            for service in ("Hello", "First"):
                declared = f'CoworksMicroService(self, "{service}", app="{service.lower()}:app", '
                _replace(
                    self.project / "app.py",
                    f"{declared}**common)",
                    f"service = {declared}**common)\n        {_DECLARED[service]}",
                )
            self.cdk.deploy()
            self._stack_is(STACK, "UPDATE_COMPLETE")
            self._all_resources_are_complete()
            self._answers("Hello", "GET", "/dev/health", 200, None)
            self._answers("Hello", "GET", "/dev", 200, "Hello again.\n")
            self._answers("First", "PATCH", "/dev", 200, None)
            self.report.equal(
                "First: it has its alarms",
                self.deployed.alarms(),
                ["5XXError", "Errors", "Latency", "Throttles"],
            )
            self._answers("First", "POST", "/dev", 422, None, token="token", body={"other": 1})
            after = {name: self.deployed.deployment(self._api[name], STAGE) for name in self._api}
            self.report.equal(
                "both APIs' stages serve new deployments, the third's doesn't",
                {name for name in after if after[name] != before[name]},
                {"Hello", "First"},
            )

    def _document_deploy(self) -> None:
        with self.report.step("cdk deploy with an API as one document in place of its resources"):
            before = self._api["Complete"]
            _replace(
                self.project / "app.py",
                'app="complete:app",',
                'app="complete:app", api_body="openapi",',
            )
            self.cdk.deploy()
            self._stack_is(STACK, "UPDATE_COMPLETE")
            # What it replaces under one logical id, the embedded AWS forgets; nor does it read
            # gateway responses in a document.
            self._api = self._api_ids()
            self.report.true("it is another API", self._api["Complete"] != before, before)
            self._answers("Complete", "GET", "/dev", 200, "Stored value 0.\n", token=TOKEN)
            self._answers("Complete", "POST", "/dev", 200, None, token=TOKEN, body={"value": 3})
            self._answers("Complete", "GET", "/dev", 200, "Stored value 3.\n", token=TOKEN)
            self._answers("Complete", "GET", "/dev", 403, None, token="other")
            admin = self.deployed.request(self._api["Complete"], "GET", "/dev/admin", token=TOKEN)
            self.report.equal("Complete: GET /dev/admin answers", admin.status, 200)

    def _unchanged_deploy(self) -> None:
        with self.report.step("cdk deploy with nothing changed"):
            before = self.deployed.stack(STACK)
            printed, _ = self.cdk.deploy()
            self.report.true("the CDK finds no changes", "no changes" in printed, printed[-2000:])
            self.report.equal("the stack is as it was", self.deployed.stack(STACK), before)
            self._answers("Hello", "GET", "/dev", 200, "Hello again.\n")

    def _destroy(self, before: dict[str, set[str]]) -> None:
        with self.report.step("cdk destroy"):
            resources = self.deployed.resources(STACK)
            kept = {
                resources[name]["PhysicalResourceId"]
                for name, one in self._template()["Resources"].items()
                if one.get("DeletionPolicy") == "Retain"
            }
            layers = [
                one["PhysicalResourceId"]
                for one in resources.values()
                if one["ResourceType"] == "AWS::Lambda::LayerVersion"
            ]
            self.cdk.destroy()
            self.report.equal("the stack is gone", self.deployed.stack(STACK), None)
            after = self.deployed.inventory()
            for kind, names in before.items():
                left = after[kind] - names
                told = f", but {len(left & kept)} that the template keeps" if left & kept else ""
                self.report.equal(f"no {kind} left behind{told}", sorted(left - kept), [])
            versions = [version for arn in layers for version in self.deployed.layer_versions(arn)]
            self.report.equal(f"no version of {len(layers)} layers left behind", versions, [])

    # What the steps ask again and again

    def _answers(
        self,
        service: str,
        method: str,
        path: str,
        status: int,
        text: str | None,
        *,
        token: str | None = None,
        body: object = None,
    ) -> None:
        answer = self.deployed.request(
            self._api[service], method, path, token=token, json_body=body
        )
        told = "" if token is None else f" with Authorization: {token}"
        sent = "" if body is None else f" {json.dumps(body)}"
        self.report.true(
            f"{service}: {method} {path}{sent}{told} → {status}",
            answer.status == status and text in {None, answer.text},
            f"{answer.status} {answer.text[:500]}",
        )

    def _stack_is(self, name: str, status: str) -> None:
        stack = self.deployed.stack(name) or {}
        self.report.equal(f"CloudFormation: {name} is {status}", stack.get("StackStatus"), status)

    def _all_resources_are_complete(self) -> None:
        resources = self.deployed.resources(STACK)
        left = {
            name: one["ResourceStatus"]
            for name, one in resources.items()
            if not one["ResourceStatus"].endswith("_COMPLETE")
        }
        declared = {
            name
            for name, one in self._template()["Resources"].items()
            if one["Type"] != "AWS::CDK::Metadata"
        }
        self.report.equal("all resources are complete", left, {})
        self.report.equal(
            f"all {len(declared)} declared resources are there", declared - set(resources), set()
        )

    def _api_ids(self) -> dict[str, str]:
        found = {}
        for name, one in self.deployed.resources(STACK).items():
            if one["ResourceType"] == "AWS::ApiGateway::RestApi":
                service = next(s for s in ("Hello", "First", "Complete") if name.startswith(s))
                found[service] = one["PhysicalResourceId"]
        return found

    def _attached(self, service: str) -> dict[tuple[str, str], str | None]:
        methods = self.deployed.methods(self._api[service])
        return {(one.http_method, _anonymous(one.path)): one.authorizer_id for one in methods}

    def _template(self) -> dict[str, Any]:
        text = (self.project / "cdk.out" / f"{STACK}.template.json").read_text()
        template: dict[str, Any] = json.loads(text)
        return template

    def _function(self, service: str) -> dict[str, Any]:
        resources = self.deployed.resources(STACK)
        return next(
            self.deployed.function(one["PhysicalResourceId"])
            for name, one in resources.items()
            if name.startswith(service) and one["ResourceType"] == "AWS::Lambda::Function"
        )


def _anonymous(path: str) -> str:
    """A path without its variables' names, which are the gateway's own affair."""
    return re.sub(r"\{\w+(\+?)}", r"{\1}", path)


def _names_api(outputs: dict[str, str], service: str, api_id: str) -> bool:
    """Whether a service's outputs are its API's id and a URL of that API and stage."""
    values = [value for name, value in outputs.items() if name.startswith(service)]
    return api_id in values and any(
        f"//{api_id}.execute-api." in value and value.rstrip("/").endswith(f"/{STAGE}")
        for value in values
    )


def _replace(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    if before not in text:
        raise ValueError(f"{file.name} has no {before!r} to change.")
    file.write_text(text.replace(before, after))
