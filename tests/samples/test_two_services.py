"""Two services, one of which calls the other: on Flask's servers, and in one synthesized stack."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from functools import partial
from pathlib import Path

from tests.eventually import eventually
from tests.parity.side_by_side import is_served, synthesize
from tests.ports import free_port

SAMPLE = Path(__file__).parents[2] / "samples" / "two_services"
ROOT = SAMPLE.parents[1]


def ask(url, method, value, token):
    request = urllib.request.Request(url, json.dumps(value).encode(), method=method)
    request.add_header("Authorization", token)
    request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def told(stock, orders, stock_token, orders_token):
    """What a caller of both sees."""
    apple = {"name": "apple", "price": 30, "count": 5}
    put = ask(f"{stock}/item/apple", "PUT", apple, stock_token)
    ordered = ask(f"{orders}/order/apple", "POST", {"count": 2}, orders_token)
    ordered[1].pop("at")
    refused = ask(f"{orders}/order/apple", "POST", {"count": 4}, orders_token)
    unknown = ask(f"{orders}/order/pear", "POST", {}, orders_token)
    return [put, ordered, refused, unknown]


EXPECTED = [
    (201, {"name": "apple", "price": 30, "count": 5}),
    (200, {"name": "apple", "count": 2, "total": 60}),
    (409, {"message": "There are only 3 of 'apple' in store"}),
    (404, {"message": "There is no 'pear' in store"}),
]


def test_on_two_servers(tmp_path):
    ports = {"stock": free_port(), "orders": free_port()}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    processes = []
    try:
        for name, token in (("stock", "one"), ("orders", "two")):
            command = ["-m", "coworks_runtime.cws", "--app", name, "-p", SAMPLE / "tech", "run"]
            variables = {
                "TOKEN": token,
                "CWS_STOCK_URL": urls["stock"],
                "CWS_STOCK_TOKEN": "one",
                "PYTHONPATH": str(ROOT),
                "PYTHONDONTWRITEBYTECODE": "1",
            }
            processes.append(
                subprocess.Popen(
                    [sys.executable, *map(str, command), "--port", str(ports[name])],
                    cwd=tmp_path,
                    env={**os.environ, **variables},
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )
        for port in ports.values():
            eventually(partial(is_served, port))
        assert told(urls["stock"], urls["orders"], "one", "two") == EXPECTED
    finally:
        for process in processes:
            process.terminate()
            process.wait(60)


def test_in_one_stack(tmp_path, monkeypatch):
    from coworks_cdk.local.log import Log
    from coworks_cdk.local.session import Session, Settings

    monkeypatch.chdir(tmp_path)
    assembly = synthesize(SAMPLE / "app.py", tmp_path / "two")
    (template,) = assembly.glob("*.template.json")
    resources = json.loads(template.read_text())["Resources"]
    functions = [r for r in resources.values() if r["Type"] == "AWS::Lambda::Function"]
    assert sum("CWS_STOCK_URL" in json.dumps(function) for function in functions) == 1
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({"StockToken": "one", "OrdersToken": "two"}))
    settings = Settings(assembly, port=0, secrets=secrets)
    with (tmp_path / "log").open("w") as log, Session(settings, Log(log, "text")) as session:
        urls = {name: url.rstrip("/") for name, url in session.urls()}
        assert told(urls["Stock"], urls["Orders"], "one", "two") == EXPECTED
