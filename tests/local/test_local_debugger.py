"""``--debug``: functions that wait for a debugger, and debugpy's own protocol spoken to one."""

import json
import os
import re
import signal
import socket
import subprocess
import threading
from contextlib import ExitStack

import pytest

from coworks_cdk.local.function import debugger
from tests.eventually import eventually
from tests.local.assemblies import function, service, write
from tests.local.test_local_command import fetch, fetch_in_vain, running
from tests.parity.side_by_side import is_served
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

    def attach(self, *breakpoints):
        """Begin to debug; the process goes on."""
        self.send("initialize", adapterID="test", pathFormat="path")
        self.wait_for("response", "initialize")
        self.send("attach", justMyCode=False)
        self.wait_for("event", "initialized")
        for file, line in breakpoints:
            self.send("setBreakpoints", source={"path": str(file)}, breakpoints=[{"line": line}])
            self.wait_for("response", "setBreakpoints")
        self.send("configurationDone")

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
        editor = Debugger(port)
        editor.attach((project / "app.py", 4))
        stopped = editor.wait_for("event", "stopped")["body"]
        assert stopped["reason"] == "breakpoint"
        assert not answers
        editor.send("stackTrace", threadId=stopped["threadId"])
        frame = editor.wait_for("response", "stackTrace")["body"]["stackFrames"][0]
        assert (frame["name"], frame["line"]) == ("handler", 4)
        assert frame["source"]["path"] == str(project / "app.py")
        editor.send("evaluate", expression="answer", frameId=frame["id"])
        assert editor.wait_for("response", "evaluate")["body"]["result"] == "'from here'"
        editor.send("continue", threadId=stopped["threadId"])
        caller.join(60)
        assert answers == [b"from here"]
        editor.close()
        assert command.stop() == 0
    assert not is_served(port)


LEAVING = """
import os

def handler(event, context):
    if event["queryStringParameters"]:
        os._exit(3)
    return {"statusCode": 200, "body": str(os.getpid())}
"""


def test_what_listens_for_the_debugger_ends_with_what_is_debugged(tmp_path, port):
    """The debugger never leaves by itself, as one that hangs."""
    folder = write(tmp_path / "cdk.out", service(), {"app.py": LEAVING})
    with running(folder, "--port", 0, "--debug", port) as command, ExitStack() as editors:
        url = command.wait_for(r"^Service  (http://\S+)$")[1]

        def debug(times):
            command.wait_for("waiting for a debugger", times=times)
            editor = Debugger(port)
            editors.callback(editor.close)
            editor.attach()
            command.wait_for("the debugger is there", times=times)

        debug(1)
        fetch_in_vain(url + "?exit=now")
        command.wait_for("exit status 3")
        eventually(lambda: not is_served(port))
        # The next request's process listens where the one before did.
        answers = []
        caller = threading.Thread(target=lambda: answers.append(fetch(url, 120)))
        caller.start()
        debug(2)
        caller.join(60)
        (folder / "asset.code" / "app.py").write_text(LEAVING + "# changed")
        (folder / "Stack.template.json").touch()
        command.wait_for("changed: reloaded")
        debug(3)
        assert fetch(url) not in {b"", *answers}
        assert command.stop(signal.SIGKILL) == -signal.SIGKILL
        eventually(lambda: not is_served(port))


def test_each_process_that_is_started_for_it_is_told():
    reading, writing = os.pipe()
    with debugger._telling(writing):
        first = subprocess.Popen(["true"])
        second = subprocess.Popen(["true"])
    third = subprocess.Popen(["true"])
    with os.fdopen(reading) as told:
        assert told.read() == f"{first.pid}\n{second.pid}\n"
    assert [process.wait(60) for process in (first, second, third)] == [0, 0, 0]
