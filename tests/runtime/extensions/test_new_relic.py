"""The New Relic agent on a service, in a process of its own: it takes Flask's place for good."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PATHS = ["/", "/item/3", "/wrong", "/bp/x", "/page", "/nope"]
SERVICE = """
import json, logging, sys

import newrelic.agent

newrelic.agent.initialize()
from newrelic.core.stats_engine import StatsEngine

from coworks_runtime import Blueprint, TechMicroService, entry
from tests.runtime.conftest import LambdaCaller, LocalCaller, WsgiLambdaCaller


class Part(Blueprint):
    @entry(no_auth=True)
    def get_x(self):
        return "x"


class Shop(TechMicroService):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.register_blueprint(Part("bp"), url_prefix="/bp")

    @entry(no_auth=True)
    def get(self):
        return "all"

    @entry(no_auth=True)
    def get_item(self, number: int):
        return "one"

    @entry(no_auth=True)
    def get_wrong(self):
        raise ZeroDivisionError("wrong")


app = Shop()


@app.route("/page")
@entry(no_auth=True)
def page():
    return "page"


logging.disable()
newrelic.agent.register_application(timeout=30.0)
record = StatsEngine.record_transaction
seen = []


def recorded(self, transaction):
    errors = [error.type for error in transaction.errors]
    seen.append([transaction.path.rpartition(":")[2], *errors])
    return record(self, transaction)


StatsEngine.record_transaction = recorded
told = {}
for make in (LocalCaller, LambdaCaller, WsgiLambdaCaller):
    caller = make(app)
    statuses = [caller.get(path).status for path in PATHS]
    getattr(caller, "close", lambda: None)()
    told[make.__name__] = [statuses, sorted(seen)]
    seen.clear()
print(json.dumps(told))
"""


def test_transactions_are_named_after_entries(tmp_path):
    pytest.importorskip("newrelic")
    environment = {
        **os.environ,
        # Nothing is sent: https://docs.newrelic.com/docs/apm/agents/python-agent/configuration/python-agent-configuration/
        "NEW_RELIC_DEVELOPER_MODE": "true",
        "NEW_RELIC_LICENSE_KEY": "0" * 40,
        "NEW_RELIC_APP_NAME": "shop",
        "NEW_RELIC_LOG": str(tmp_path / "agent.log"),
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", f"PATHS = {PATHS!r}\n{SERVICE}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    expected = [
        [200, 200, 500, 200, 200, 404],
        [
            ["Part.get_x"],
            ["Shop.get"],
            ["Shop.get_item"],
            ["Shop.get_wrong", "builtins:ZeroDivisionError"],
            ["Shop.handle_http_exception"],
            ["page"],
        ],
    ]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told == dict.fromkeys(["LocalCaller", "LambdaCaller", "WsgiLambdaCaller"], expected)
