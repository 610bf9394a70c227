"""The profile of the last request."""

import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from coworks_runtime import TechMicroService, entry
from coworks_runtime.blueprint.profiler_blueprint import Profiler

TOKEN = {"Authorization": "mytoken"}


def work() -> None:
    sum(range(1000))


class Profiled(TechMicroService):
    def __init__(self, **options: Any) -> None:
        super().__init__(name="profiled")
        self.waiting, self.go_on = threading.Event(), threading.Event()
        self.register_blueprint(Profiler(self), url_prefix="/profile", **options)

    @entry(no_auth=True)
    def get(self):
        work()
        return "fine"

    @entry(no_auth=True)
    def get_other(self):
        return "other"

    @entry(no_auth=True)
    def get_slow(self):
        self.waiting.set()
        assert self.go_on.wait(60)
        return "slow"

    @entry(no_auth=True)
    def get_broken(self):
        raise ValueError("broken")


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "mytoken")


def test_the_profile_of_the_last_request(call: Callable[..., Any]) -> None:
    caller = call(Profiled())
    assert caller.get("/").text == "fine"
    answer = caller.get("/profile", **TOKEN)
    assert answer.status == 200
    assert answer.header("Content-Type") == "text/plain; charset=utf-8"
    assert "PATH: '/'\n" in answer.text
    assert " function calls" in answer.text
    assert "Ordered by: internal time, call count" in answer.text
    assert "ncalls  tottime  percall  cumtime  percall filename:lineno(function)" in answer.text
    assert "(work)" in answer.text


def test_it_needs_the_token(call: Callable[..., Any]) -> None:
    caller = call(Profiled())
    assert caller.get("/profile").status == 401
    assert caller.get("/profile", Authorization="no").status == 403


def test_before_any_request(call: Callable[..., Any]) -> None:
    assert call(Profiled()).get("/profile", **TOKEN).text == "No request is profiled yet.\n"


def test_its_own_requests_do_not_count(call: Callable[..., Any]) -> None:
    caller = call(Profiled())
    caller.get("/other")
    for headers in ({}, {"Authorization": "no"}, TOKEN):
        caller.get("/profile", **headers)
    assert "PATH: '/other'\n" in caller.get("/profile", **TOKEN).text
    caller.get("/nowhere")
    assert "PATH: '/nowhere'\n" in caller.get("/profile", **TOKEN).text


def test_an_unexpected_exception_is_profiled_too(call: Callable[..., Any]) -> None:
    caller = call(Profiled())
    assert caller.get("/broken").status == 500
    assert "(get_broken)" in caller.get("/profile", **TOKEN).text


def test_it_keeps_one_profile_only() -> None:
    app = Profiled()
    client = app.test_client()
    sizes = []
    for _ in range(20):
        client.get("/")
        sizes.append(len(client.get("/profile", headers=TOKEN).text))
    assert client.get("/profile", headers=TOKEN).text.count("PATH:") == 1
    assert max(sizes[1:]) < 1.2 * sizes[1]


def test_requests_at_once_are_all_answered() -> None:
    app = Profiled()
    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.append(app.test_client().get("/slow").text))
    thread.start()
    try:
        assert app.waiting.wait(60)
        client = app.test_client()
        assert client.get("/").text == "fine"
        assert client.get("/profile", headers=TOKEN).text == "No request is profiled yet.\n"
    finally:
        app.go_on.set()
        thread.join()
    assert answers == ["slow"]
    assert "PATH: '/slow'" in client.get("/profile", headers=TOKEN).text


def test_an_exception_outside_the_service_ends_the_profile() -> None:
    app = Profiled()
    inner = app.wsgi_app

    def broken(environ: Any, start_response: Any) -> Any:
        raise OSError("the client is gone")

    app.wsgi_app = inner
    app.wsgi_app._wsgi_app = broken
    for _ in range(2):
        with pytest.raises(OSError, match="the client is gone"):
            app.wsgi_app({"PATH_INFO": "/"}, lambda *_: None)


@pytest.mark.parametrize("options", [{"hide_routes": True}])
def test_hidden_or_not_registered_it_profiles_nothing(options: dict[str, Any]) -> None:
    assert "wsgi_app" not in vars(Profiled(**options))
    app = TechMicroService(name="other")
    Profiler(app)
    assert "wsgi_app" not in vars(app)


def test_nothing_is_left_of_a_profile() -> None:
    Profiled().test_client().get("/")
    assert sys.getprofile() is None
