"""Entries whose work is done after the 202: locally, by Lambda's asynchronous events, and by others."""

import json
import logging
import threading
from io import BytesIO
from types import SimpleNamespace

import pytest
from flask import g, session
from werkzeug.exceptions import ServiceUnavailable, Unauthorized
from werkzeug.middleware.proxy_fix import ProxyFix

from coworks_runtime import Blueprint, Cors, TechMicroService, entry, request
from coworks_runtime.blueprint.admin_blueprint import Admin
from coworks_runtime.client import remote
from coworks_runtime.errors import BackgroundError, EntryError
from tests.event_corpus import corpus_event
from tests.runtime.conftest import LocalCaller, answer_of, rest_event
from tests.runtime.lambda_process import run_lambda

JSON = {"Content-Type": "application/json", "Authorization": "t"}


class Below(Blueprint):
    @entry(background=True, no_auth=True)
    def post_x(self, uid: int):
        self.service.done.append(("x", uid))


class Reports(TechMicroService):
    cors = Cors(allow_origins=("https://a.test",))

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.done, self.order = [], []
        self.finished = threading.Event()
        self.secret_key = "x"
        below = Below()
        below.service = self
        self.register_blueprint(below, url_prefix="/below")
        self.before_request(self._before)
        self.after_request(self._after)
        self.teardown_request(lambda _: self.finished.set() if self.done else None)

    def _before(self):
        self.order.append("before")
        g.known = "known"

    def _after(self, response):
        self.order.append(f"after {response.status_code}")
        return response

    def token_authorizer(self, token):
        return {"user": "u1"} if token == "t" else False

    @entry(background=True)
    def post_report(self, name: str, *, size: int = 1, tags: list[str] = ()):
        session["seen"] = True
        self.done.append(
            (name, size, [*tags], g.known, request.request_id, dict(request.authorizer))
        )
        return {"name": name}

    @entry(background=True, no_auth=True, no_cors=False)
    def get_report(self, *, q: int = 0):
        self.done.append(q)

    @entry(background=True, no_auth=True)
    def post_raw(self):
        self.done.append(request.get_data())

    @entry(background=True, no_auth=True)
    async def post_later(self):
        self.done.append("later")

    @entry(background=True, no_auth=True)
    def post_pieces(self, *, count: int = 2):
        for number in range(count):
            self.done.append(number)
            yield str(number)
        if count > 2:
            raise ValueError("it broke")

    @entry(background=True, no_auth=True)
    def post_broken(self):
        raise ValueError("it broke")

    @entry(background=True, no_auth=True)
    def post_unavailable(self):
        raise ServiceUnavailable

    @entry(background=True, no_auth=True)
    def post_tuple(self):
        return "no", 502

    @entry(no_auth=True)
    def get(self):
        return "plain"


@pytest.fixture
def reports():
    return Reports()


@pytest.fixture
def server(reports):
    caller = LocalCaller(reports)
    yield caller
    caller.close()


def asynchronous(app, method, target, body=b"", headers=None, **more):
    event = rest_event(app, method, target, body, [*(headers or {}).items()], **more)
    event["requestContext"] |= {"invocationType": "Event", "requestId": "api-id"}
    return event


CONTEXT = SimpleNamespace(aws_request_id="lambda-id")


def test_here_the_202_is_sent_and_the_work_is_done(reports, server):
    answer = server.request("POST", "/report/r1", b'{"size": 2, "tags": ["a", "b"]}', JSON)
    assert answer.status == 202
    assert answer.header("Content-Type") == "application/json"
    request_id = answer.json["request_id"]
    assert answer.json == {"request_id": request_id}
    assert reports.finished.wait(30)
    assert reports.done == [("r1", 2, ["a", "b"], "known", request_id, {"user": "u1"})]
    assert reports.order == ["before", "after 200"]
    assert answer.header("Set-Cookie") is None


def test_the_work_is_done_after_the_answer(reports):
    entered, go_on = threading.Event(), threading.Event()

    def wait():
        entered.set()
        assert go_on.wait(30)

    reports.before_request(wait)
    caller = LocalCaller(reports)
    try:
        # The whole answer is there, and its work has not gone on.
        assert caller.request("GET", "/report?q=3").status == 202
        assert entered.wait(30)
        assert reports.done == []
        go_on.set()
        assert reports.finished.wait(30)
        assert reports.done == [3]
    finally:
        go_on.set()
        caller.close()


@pytest.mark.parametrize("header", [{}, {"Authorization": "no"}])
def test_a_caller_who_is_not_let_in_gets_no_202(reports, header):
    answer = reports.test_client().post("/report/r1", headers=header)
    assert answer.status_code == (403 if header else 401)
    assert (reports.done, reports.order) == ([], [])


def test_the_test_client_does_the_work_when_it_has_the_answer(reports):
    client = reports.test_client()
    assert client.post("/below/x/7").json["request_id"]
    assert client.post("/later").status_code == 202
    assert client.post("/raw", data=b"\0\1", content_type="image/png").status_code == 202
    assert client.post("/raw", data={"a": "b"}).status_code == 202
    assert reports.done == [("x", 7), "later", b"\0\1", b"a=b"]
    with reports.test_client() as client:
        assert client.get("/report?q=1").status_code == 202
        assert client.get("/").text == "plain"
    assert reports.done[-1] == 1


@pytest.mark.parametrize(
    ("target", "body", "said"),
    [
        ("/report/r1", b'{"size": "x"}', "422 "),
        ("/report/r1", b'{"unknown": 1}', "422 "),
        ("/report/r1", b"{", "400 "),
    ],
)
def test_a_wrong_value_is_logged_and_dropped(reports, caplog, target, body, said):
    answer = reports.test_client().post(target, data=body, headers=JSON)
    assert answer.status_code == 202
    event = asynchronous(
        reports, "POST", target, body, JSON, authorizer={"principalId": "u", "user": "u1"}
    )
    assert reports(event, CONTEXT)["statusCode"] == int(said)
    assert reports.done == []
    here, there = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    route = target.replace("/r1", "/{name}")
    assert f"POST {route}, in the background, was dropped: {said}" in here
    assert answer.json["request_id"] in here
    assert there == here.replace(answer.json["request_id"], "api-id")


@pytest.mark.parametrize(
    ("target", "error", "said"),
    [
        ("/broken", ValueError, "it broke"),
        ("/unavailable", BackgroundError, "POST /unavailable, in the background, answered 503"),
        ("/tuple", BackgroundError, "POST /tuple, in the background, answered 502"),
    ],
)
def test_a_failure_is_logged_and_goes_out_to_lambda(reports, caplog, target, error, said):
    with pytest.raises(error, match=said):
        reports(asynchronous(reports, "POST", target), CONTEXT)
    assert f"POST {target}, in the background, answered 50" in caplog.text
    assert ("Traceback" in caplog.text) is (error is ValueError)
    caplog.clear()
    assert reports.test_client().post(target).status_code == 202
    assert f"POST {target}, in the background, answered 50" in caplog.text
    # Where something passes exceptions on, they are passed on.
    reports.testing = True
    if error is ValueError:
        with pytest.raises(ValueError, match="it broke"):
            reports.test_client().post(target)
        with pytest.raises(ValueError, match="it broke"):
            reports(asynchronous(reports, "POST", target), CONTEXT)


def test_a_handler_of_errors_decides_what_is_tried_again(reports, caplog):
    reports.register_error_handler(ValueError, lambda error: (str(error), 409))
    payload = reports(asynchronous(reports, "POST", "/broken"), CONTEXT)
    assert payload["statusCode"] == 409
    assert "was dropped: 409 it broke" in caplog.text


def test_an_asynchronous_event_is_answered_with_the_work_s_own_result(reports):
    event = asynchronous(
        reports,
        "POST",
        "/report/r1",
        b'{"size": 3}',
        JSON,
        authorizer={"principalId": "u", "user": "u1"},
    )
    payload = reports(event, CONTEXT)
    assert json.loads(payload["body"]) == {"name": "r1"}
    assert reports.done == [("r1", 3, [], "known", "api-id", {"user": "u1"})]


def test_a_client_can_not_say_that_an_event_is_asynchronous(reports):
    headers = {"invocationType": "Event", "X-Amz-Invocation-Type": "Event", **JSON}
    event = rest_event(
        reports,
        "POST",
        "/broken?invocationType=Event",
        b'{"requestContext": {"invocationType": "Event"}}',
        [*headers.items()],
    )
    assert reports(event, CONTEXT)["statusCode"] == 422
    del event["headers"], event["multiValueQueryStringParameters"], event["queryStringParameters"]
    event |= {"body": "", "invocationType": "Event"}
    assert reports(event, CONTEXT)["statusCode"] == 500


def test_where_nothing_answers_first_the_work_is_done_then_the_202_given(reports):
    event = rest_event(reports, "POST", "/report/r1", b'{"size": 2}', [*JSON.items()])
    event["requestContext"]["requestId"] = "api-id"
    answer = answer_of(reports(event, CONTEXT))
    assert (answer.status, answer.json) == (202, {"request_id": "api-id"})
    assert reports.done[0][:2] == ("r1", 2)
    assert reports.done[0][4] == "api-id"
    assert reports.order == ["before", "after 202"]
    url = corpus_event("function_url_get").event
    url |= {"rawPath": "/report", "rawQueryString": "q=4"}
    url["requestContext"]["http"] |= {"method": "GET", "path": "/report"}
    payload = reports(url, CONTEXT)
    assert payload["statusCode"] == 202
    assert json.loads(payload["body"]) == {"request_id": url["requestContext"]["requestId"]}
    balancer = corpus_event("alb_get").event
    balancer |= {"path": "/report", "queryStringParameters": {"q": "5"}, "headers": {}}
    payload = reports(balancer, CONTEXT)
    assert (payload["statusCode"], reports.done[1:]) == (202, [4, 5])
    assert json.loads(payload["body"]) == {"request_id": "lambda-id"}
    # Who has waited is told.
    for target, body, status in (
        ("/report/r1", b'{"size": "x"}', 422),
        ("/broken", b"", 500),
        ("/unavailable", b"", 503),
        ("/tuple", b"", 502),
    ):
        event = rest_event(reports, "POST", target, body, [*JSON.items()])
        assert reports(event, CONTEXT)["statusCode"] == status


@pytest.mark.parametrize("count", [0, 2, 3])
def test_what_a_generator_does_is_work_too(reports, count):
    body = json.dumps({"count": count}).encode()
    event = rest_event(reports, "POST", "/pieces", body, [*JSON.items()])
    assert reports(event, CONTEXT)["statusCode"] == (500 if count > 2 else 202)
    assert reports.done == [*range(count)]
    reports.done.clear()
    reports.testing = False
    assert reports.test_client().post("/pieces", data=body, headers=JSON).status_code == 202
    assert reports.done == [*range(count)]
    reports.done.clear()
    event = asynchronous(reports, "POST", "/pieces", body, JSON)
    if count > 2:
        with pytest.raises(ValueError, match="it broke"):
            reports(event, CONTEXT)
    else:
        reports(event, CONTEXT)
    assert reports.done == [*range(count)]


def test_cors(reports):
    client = reports.test_client()
    answer = client.get("/report", headers={"Origin": "https://a.test"})
    assert answer.status_code == 202
    assert answer.headers["Access-Control-Allow-Origin"] == "https://a.test"
    preflight = client.options("/report", headers={"Origin": "https://a.test"})
    assert preflight.headers["Access-Control-Allow-Methods"] == "GET"
    refused = client.post("/raw", headers={"Origin": "https://a.test"})
    assert "Access-Control-Allow-Origin" not in refused.headers


def test_a_head_begins_no_work(reports):
    answer = reports.test_client().head("/report")
    assert (answer.status_code, reports.done) == (202, [])
    event = rest_event(reports, "HEAD", "/report")
    payload = reports(event, CONTEXT)
    assert (payload["statusCode"], payload["body"], reports.done) == (202, "", [])


def test_a_body_beyond_what_an_asynchronous_event_carries_is_a_413(reports):
    client = reports.test_client()
    for size in (790_000, 2_000_000):
        answer = client.post("/raw", data=b"x" * size, content_type="image/png")
        assert answer.status_code == 413
        assert answer.json == {"message": "Request Entity Too Large"}
    assert (reports.done, reports.order) == ([], [])
    assert client.post("/raw", data=b"x" * 780_000, content_type="image/png").status_code == 202
    assert len(reports.done[0]) == 780_000


def test_middleware_changes_the_request_once(reports, server):
    def prefixed(environ, start_response):
        environ["SCRIPT_NAME"] = "/api"
        environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix("/api")
        return inner(environ, start_response)

    inner = ProxyFix(reports.wsgi_app)
    reports.wsgi_app = prefixed
    assert server.request("POST", "/api/below/x/3").status == 202
    assert reports.finished.wait(30)
    assert reports.done == [("x", 3)]


def test_a_chunked_body_is_read_before_the_answer(reports):
    answer = reports.test_client().post(
        "/raw",
        input_stream=BytesIO(b"abc"),
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
        content_type="image/png",
    )
    assert answer.status_code == 202
    assert reports.done == [b"abc"]


def test_answers_are_held_to_their_annotations_where_that_is_asked_for(monkeypatch, caplog):
    monkeypatch.setenv("CWS_CHECK_ANSWERS", "1")

    class Checked(TechMicroService):
        @entry(background=True, no_auth=True)
        def post(self, *, right: bool) -> int:
            return 1 if right else "x"

    app = Checked()
    for right, status in ((True, 202), (False, 500)):
        body = json.dumps({"right": right}).encode()
        event = rest_event(app, "POST", "/", body, [*JSON.items()])
        assert app(event, CONTEXT)["statusCode"] == status
    assert "doesn't fit its annotation" in caplog.text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"background": 1}, r"background=1\): must be True or False"),
        ({"background": True, "stream": True}, "leave out stream"),
        ({"background": True, "status": 201}, "leave out stream, status"),
        ({"background": True, "binary_headers": {}}, "leave out stream, status"),
    ],
)
def test_options_that_do_not_go_together(options, said):
    with pytest.raises(EntryError, match=said):
        entry(**options)


def test_what_can_not_run_after_its_answer():
    class Head(TechMicroService):
        @entry(background=True)
        def head_x(self): ...

    with pytest.raises(EntryError, match=r"entry 'head_x' of .*Head: a HEAD asks for nothing"):
        Head()
    app = Reports()

    @entry(background=True)
    def view(): ...

    with pytest.raises(EntryError, match="on the view function of /plain: only a method"):
        app.add_url_rule("/plain", view_func=view)


def test_the_entry_map_tells_it(reports):
    told = {e.endpoint: e.background for e in reports.entry_map()}
    assert told["post_report"]
    assert told["below.post_x"]
    assert not told["get"]


def test_a_client_gets_the_request_s_id(reports):
    with remote(reports, reports.test_client(), token="t") as client:
        assert client.post_report("r1", size=2) == reports.done[0][4]
        assert isinstance(client.below.post_x(3), str)
    with pytest.raises(Unauthorized):
        remote(reports, reports.test_client()).post_report("r1")


def test_the_document_and_the_page_tell_it():
    class Told(TechMicroService):
        @entry(background=True)
        def post_report(self, name: str, *, size: int = 1) -> int:
            """Make a report.

            :returns: what nobody reads.
            """

        def token_authorizer(self, token):
            return True

    app = Told()
    app.register_blueprint(Admin(), url_prefix="/admin")
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "t"
    document = client.get("/admin/openapi").json
    responses = document["paths"]["/report/{name}"]["post"]["responses"]
    assert set(responses) == {"202", "401", "403", "413", "415"}
    schema = responses["202"]["content"]["application/json"]["schema"]
    told = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    assert told["properties"] == {"request_id": {"type": "string"}}
    assert "done afterwards" in responses["202"]["description"]
    assert "202, then done" in client.get("/admin/").text
    routes = {r["endpoint"]: r for r in client.get("/admin/route").json}
    assert routes["post_report"]["background"]


def test_every_request_has_an_id(reports):
    seen = []
    reports.before_request(lambda: seen.extend([request.request_id, request.request_id]))
    reports.test_client().get("/")
    assert seen[0] == seen[1]
    assert len(seen[0]) == 36
    event = rest_event(reports, "GET", "/")
    del event["requestContext"]["requestId"]
    reports(event, CONTEXT)
    event["requestContext"]["requestId"] = "api-id"
    reports(event, CONTEXT)
    assert seen[2::2] == ["lambda-id", "api-id"]


SERVICE = """
from coworks_runtime import TechMicroService, entry

class Service(TechMicroService):
    @entry(no_auth=True, background=True)
    def post(self, *, bad: bool = False):
        print("worked", bad)
        if bad:
            raise RuntimeError("broken behind")

app = Service()
"""


def test_in_lambda_s_own_process(tmp_path, reports):
    events = []
    for body in (b"{}", b'{"bad": true}', b'{"bad": 3}'):
        event = rest_event(reports, "GET", "/", body, [*JSON.items()])
        event |= {"httpMethod": "POST"}
        event["requestContext"] |= {"invocationType": "Event", "requestId": "api-id"}
        events.append(event)
    results, _, log, _ = run_lambda(tmp_path, SERVICE, events)
    assert [failed for failed, _ in results] == [False, True, False]
    assert results[1][1]["errorMessage"] == "broken behind"
    assert log.count("worked") == 2
    assert "was dropped: 422" in log
