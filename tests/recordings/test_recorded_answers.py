"""The recorded cases, played against the local gateway: real functions in the runtime client."""

import http.client
import io
import json

import pytest

from coworks_cdk.local.errors import LocalError
from coworks_cdk.local.gateway import gateway_responses
from coworks_cdk.local.gateway.gateway_responses import Failure
from coworks_cdk.local.log import Log
from coworks_cdk.local.session import Session, Settings
from coworks_cdk.local.template.assembly import read_assembly
from coworks_cdk.local.template.model import read_model
from tests.local.assemblies import RUNTIME, resource, service, write
from tests.recordings.declared import FUNCTION, TIMEOUT, api_resources, function
from tests.recordings.matching import differences, event_differences, problems
from tests.recordings.not_served import NO_REQUESTS, NOT_SERVED, reason
from tests.recordings.recorded import Case, cases
from tests.verify_aws.play import problems_of, recording

CASES = cases()
REQUESTS = [case for case in CASES if case.is_request and reason(case) is None]
INVOCATIONS = [case for case in CASES if case.kind == "lambda" and str(case) not in NO_REQUESTS]
DECLARATIONS = [case for case in CASES if case.area == "resources"]
REFUSED = [case for case in CASES if reason(case) is not None]


def _key(api):
    return json.dumps({k: v for k, v in api.items() if k != "kind"}, sort_keys=True)


class Player:
    """All APIs of the cases, served; plays one case after the other."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "events").touch()
        self.timeouts = sorted(
            {case.function_timeout or TIMEOUT for case in INVOCATIONS} | {TIMEOUT}
        )
        resources, self.apis = {}, {}
        for timeout in self.timeouts:
            name = "Function" if timeout == TIMEOUT else f"Function{timeout}"
            properties = {**function(timeout, folder), "Runtime": RUNTIME}
            resources[name] = resource("AWS::Lambda::Function", **properties)
        for case in REQUESTS:
            key = _key(case.api)
            if key not in self.apis:
                self.apis[key] = f"Declared{len(self.apis)}"
                api = {k: v for k, v in case.api.items() if k != "kind"}
                resources |= api_resources(api, self.apis[key])
        for timeout in self.timeouts[:-1] if self.timeouts[-1] == TIMEOUT else self.timeouts:
            name = f"Function{timeout}"
            resources |= api_resources({"routes": ["GET /"]}, f"Of{name}", name)
        sources = {"app.py": FUNCTION}
        self.stream = io.StringIO()
        settings = Settings(write(folder / "cdk.out", resources, sources), port=0)
        self.session = Session(settings, Log(self.stream, "text"))

    def prepare(self, case):
        (self.folder / "events").write_text("")
        told = {"function": case.function_answer, "authorizer": case.authorizer_answer}
        (self.folder / "case").write_text(json.dumps(told))

    def events(self, kind):
        lines = (self.folder / "events").read_text().splitlines()
        return [event for one, event in map(json.loads, lines) if one == kind]

    def all_events(self):
        return {kind: self.events(kind) for kind in ("function", "authorizer")}

    def ask(self, case):
        """Give status, headers and body of a case's answer."""
        self.prepare(case)
        name = f"{self.apis[_key(case.api)]}Api"
        (server,) = (s for s in self.session.servers.values() if s.gateway.api.logical_id == name)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        try:
            connection.putrequest(
                case.request["method"], case.request["path"], skip_accept_encoding=True
            )
            for pair in case.headers:
                connection.putheader(*pair)
            if case.body:
                connection.putheader("Content-Length", str(len(case.body)))
            connection.endheaders(case.body or None)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()

    def invoke(self, case):
        """Give the result of a case's invocation."""
        self.prepare(case)
        timeout = case.function_timeout or TIMEOUT
        name = "Function" if timeout == TIMEOUT else f"Function{timeout}"
        functions = self.session._generation.functions
        (arn,) = (a for a, f in self.session.model.functions.items() if f.logical_id == name)
        return functions.invoke(arn, b"{}", "").result(60)


@pytest.fixture(scope="module")
def player(tmp_path_factory):
    player = Player(tmp_path_factory.mktemp("recordings"))
    yield player
    player.session.close()


@pytest.mark.parametrize("case", REQUESTS, ids=str)
def test_recorded_answer(player, case):
    told = differences(case.aws, player.ask(case))
    events = player.events("function")
    if "event" in case.aws or case.aws.get("event_without_headers"):
        (event,) = events
        told += event_differences(case.aws, event)
    if "authorizer_event" in case.aws:
        (event,) = player.events("authorizer")
        told += problems(case.aws["authorizer_event"], event, "authorizer event")
    calls = {"integration": len(events), "authorizer": len(player.events("authorizer"))}
    told += problems(case.aws.get("calls", {}), calls, "calls")
    assert told == []


@pytest.mark.parametrize("case", INVOCATIONS, ids=str)
def test_recorded_invocation(player, case):
    result = player.invoke(case)
    assert result.failed is case.aws["error"]
    assert problems(case.aws["payload"], json.loads(result.payload), "payload") == []


@pytest.mark.parametrize("case", DECLARATIONS, ids=str)
def test_recorded_declaration(tmp_path, case):
    api = {"routes": case.api["routes"]}
    resources = {**service(), **api_resources(api, "Declared")}
    assembly = read_assembly(write(tmp_path / "cdk.out", resources))
    if case.deploys:
        assert len(read_model(assembly).apis) == 2
    else:
        with pytest.raises(LocalError) as raised:
            read_model(assembly)
        assert case.aws["message"] in str(raised.value)


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_what_is_not_served_is_refused_by_name(tmp_path, case):
    resources = service()
    if case.kind == "function-url":
        resources["Url"] = resource("AWS::Lambda::Url")
    elif case.kind == "rest-custom-domain":
        resources["Domain"] = resource("AWS::ApiGateway::DomainName")
    else:
        resources |= api_resources(case.api, "Refused")
    try:
        told = read_model(read_assembly(write(tmp_path / "cdk.out", resources))).notes
    except LocalError as error:
        told = [str(error)]
    assert any(reason(case).told in text for text in told)


def test_every_case_is_played_or_has_a_reason_not_to_be():
    played = {str(c) for c in (*REQUESTS, *INVOCATIONS, *DECLARATIONS, *REFUSED)}
    missing = {str(case) for case in CASES} - played - set(NO_REQUESTS)
    own = {str(case) for case in CASES if case.replay is False and case.kind == "rest"}
    assert missing - own == set()
    assert all(one.what and one.why and one.told for one in NOT_SERVED.values())


def test_errors_have_the_recorded_statuses():
    defaults = [case.aws["defaults"] for case in CASES if "defaults" in case.aws]
    if not defaults:
        pytest.skip("this file records none")
    found = [value for value in vars(gateway_responses).values() if isinstance(value, Failure)]
    assert len(found) > 10
    for failure in found:
        status = defaults[0].get(failure.type)
        assert status in (None, failure.status), failure


def test_what_is_recorded_can_be_played(player):
    """As if the local gateway were AWS: what is recorded of it is what it answers."""
    for case in {case.area: case for case in REQUESTS}.values():
        answer, events = player.ask(case), player.all_events()
        made = recording(case, answer, events, {"123456789012": "123456789012"})
        made = Case(json.loads(json.dumps(made)))
        assert made.aws["status"] == answer[0]
        assert problems_of(made, player.ask(made), player.all_events()) == [], case
