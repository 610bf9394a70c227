"""``--debug``: functions that wait for a debugger, and debugpy's own protocol spoken to one."""

import json
import re
import socket
import threading

import pytest

from tests.local.assemblies import function, service, write
from tests.local.test_local_command import fetch, running
from tests.ports import free_port

SOURCES = """
def handler(event, context):
    answer = "from here"
    return {"statusCode": 200, "body": answer}
"""


class Debugger:
    """A client of the Debug Adapter Protocol."""

    def __init__(self, port):
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.stream = self.connection.makefile("rb")
        self.number = 0

    def send(self, command, **arguments):
        self.number += 1
        message = {"seq": self.number, "type": "request", "command": command}
        content = json.dumps({**message, "arguments": arguments}).encode()
        self.connection.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))

    def wait_for(self, type_, name):
        while True:
            length = 0
            while line := self.stream.readline().strip():
                length = int(line.partition(b":")[2])
            message = json.loads(self.stream.read(length))
            if message["type"] == type_ and name == message.get("event", message.get("command")):
                return message

    def close(self):
        self.stream.close()
        self.connection.close()


@pytest.fixture
def port():
    return free_port()


def test_a_breakpoint_in_the_project(tmp_path, monkeypatch, port):
    monkeypatch.chdir(tmp_path)
    project = tmp_path / "tech"
    project.mkdir()
    (project / "app.py").write_text(SOURCES)
    # As every service's function has; URLs in them are those of what is served here.
    variables = {"Variables": {"CWS_STAGE": "dev"}}
    resources = service(Function=function("code", "app.handler", Environment=variables))
    folder = write(
        tmp_path / "cdk.out", resources, {"app.py": SOURCES}, services={"Service": "tech"}
    )
    with running(folder, "--port", 0, "--debug", port) as command:
        url = command.wait_for(r"^Service  (http://\S+)$")[1]
        command.wait_for(re.escape(f"waiting for a debugger on 127.0.0.1:{port}"))
        answers = []
        caller = threading.Thread(target=lambda: answers.append(fetch(url, 120)))
        caller.start()
        debugger = Debugger(port)
        debugger.send("initialize", adapterID="test", pathFormat="path")
        debugger.wait_for("response", "initialize")
        debugger.send("attach", justMyCode=False)
        debugger.wait_for("event", "initialized")
        debugger.send(
            "setBreakpoints", source={"path": str(project / "app.py")}, breakpoints=[{"line": 4}]
        )
        debugger.wait_for("response", "setBreakpoints")
        debugger.send("configurationDone")
        stopped = debugger.wait_for("event", "stopped")["body"]
        assert stopped["reason"] == "breakpoint"
        assert not answers
        debugger.send("stackTrace", threadId=stopped["threadId"])
        frame = debugger.wait_for("response", "stackTrace")["body"]["stackFrames"][0]
        assert (frame["name"], frame["line"]) == ("handler", 4)
        assert frame["source"]["path"] == str(project / "app.py")
        debugger.send("evaluate", expression="answer", frameId=frame["id"])
        assert debugger.wait_for("response", "evaluate")["body"]["result"] == "'from here'"
        debugger.send("continue", threadId=stopped["threadId"])
        caller.join(60)
        assert answers == [b"from here"]
        debugger.close()
        assert command.stop() == 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
