"""A service's own class of requests, as Flask takes one."""

import flask
import pytest

from coworks_runtime import TechMicroService, entry, request
from coworks_runtime.wrappers import Request


class FromFlask(flask.Request):
    """Knows nothing of entries."""

    @property
    def who(self):
        return self.headers.get("X-Who")


class FromOurs(Request):
    @property
    def who(self):
        return self.headers.get("X-Who")


class Telling(TechMicroService):
    def token_authorizer(self, token):
        return {"user": token}

    @entry
    def post_who(self, *, number: int = 0):
        context = request.aws_context
        return {
            "who": request.who,
            "number": number,
            "user": request.authorizer["user"],
            "is_deployed": context is not None,
        }

    @entry(no_auth=True)
    def get(self):
        return type(request._get_current_object()).__name__


@pytest.mark.parametrize("own", [FromFlask, FromOurs])
@pytest.mark.parametrize("is_set_late", [False, True])
def test_it_has_what_entries_ask_for(call, own, is_set_late):
    members = {} if is_set_late else {"request_class": own}
    service = type("Own", (Telling,), members)()
    if is_set_late:
        service.request_class = own
    caller = call(service)
    headers = {"X-Who": "me", "Authorization": "t", "Content-Type": "application/json"}
    found = caller.request("POST", "/who", b'{"number": "3"}', headers)
    assert found.status == 200
    assert found.json | {"is_deployed": None} == {
        "who": "me",
        "number": 3,
        "user": "t",
        "is_deployed": None,
    }
    assert caller.get("/").text == own.__name__
    assert caller.json("POST", "/who", {}).status == 401
    with service.test_request_context("/?a=1"):
        assert isinstance(request._get_current_object(), own)
        assert request.query_values() == {"a": ["1"]}
