"""Exchanging what is served."""

import json

import pytest

from coworks_cdk.local.errors import LocalError
from tests.local.assemblies import function, method, service, write

ANSWER = "def handler(event, context): return {'statusCode': 200, 'body': '%s'}"


def test_a_reload_takes_the_new_code_on_the_same_port(serve, tmp_path):
    served = serve(ANSWER % "one")
    assert served.ask()[2] == b"one"
    pids = served.session.pids
    urls = served.session.urls()
    write(tmp_path / "cdk.out", service(Post=method("POST")), {"app.py": ANSWER % "two"})
    served.session.reload()
    assert served.session.urls() == urls
    assert served.ask()[2] == b"two"
    assert served.ask("POST")[0] == 200
    assert served.session.pids != pids


def test_a_broken_assembly_leaves_what_is_served(serve, tmp_path):
    served = serve(ANSWER % "one")
    write(tmp_path / "cdk.out", service(Function=function("code", Runtime="python3.9")))
    with pytest.raises(LocalError, match="its runtime"):
        served.session.reload()
    assert served.ask()[2] == b"one"


def test_services_come_and_go(serve, tmp_path):
    served = serve(ANSWER % "one")
    folder = tmp_path / "cdk.out"
    first = json.loads((folder / "manifest.json").read_text())
    write(folder, service(), {"app.py": ANSWER % "other"}, stack="Other")
    both = json.loads((folder / "manifest.json").read_text())
    other = dict(both)
    both["artifacts"] = {**first["artifacts"], **both["artifacts"]}
    (folder / "manifest.json").write_text(json.dumps(both))
    served.session.reload()
    assert set(served.session.servers) == {"Stack/Service", "Other/Service"}
    (folder / "manifest.json").write_text(json.dumps(other))
    served.session.reload()
    assert set(served.session.servers) == {"Other/Service"}
    assert served.ask()[2] == b"other"
