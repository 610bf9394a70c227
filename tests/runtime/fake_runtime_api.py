"""Lambda's Runtime API as a recorder: events go out, everything that comes back is kept as sent."""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import coworks_runtime
from tests.processes import measured_until_terminated, unmeasured

ROOT = Path(coworks_runtime.__file__).parents[1]
START = ROOT / "coworks_runtime" / "on_lambda" / "loop" / "start.py"
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:f:live"


@dataclass
class Post:
    """A request of the client's: its body whole, and in the chunks that it came in."""

    path: str
    headers: dict[str, str]
    chunks: list[bytes] = field(default_factory=list)
    trailers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self):
        return b"".join(self.chunks)

    @property
    def json(self):
        return json.loads(self.body)

    def split(self):
        """A stream's head, and its body."""
        head, _, body = self.body.partition(b"\0" * 8)
        return json.loads(head), body


class FakeRuntimeApi:
    """Serves one process.

    :param status: what is answered to a result.
    :param on_chunk: called with each chunk of a result as it comes; a true value closes the
        connection.
    """

    def __init__(  # noqa: C901 - its handler is a closure
        self, *, status=202, on_chunk=None, keep_alive=True, chunked_events=False
    ):
        self.events = queue.Queue()
        self.posts = queue.Queue()
        self.status, self.on_chunk = status, on_chunk
        self.keep_alive, self.chunked_events = keep_alive, chunked_events
        self.calls = []
        self.connections = 0
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            disable_nagle_algorithm = True

            def setup(self):
                api.connections += 1
                super().setup()

            def do_GET(self):
                api.calls.append(self.path)
                if self.path.endswith("/restore/next"):
                    return self.answer(200, b"", {})
                given = api.events.get()
                if given is None:
                    self.close_connection = True
                    return None
                return self.answer(200, *given)

            def do_POST(self):
                api.calls.append(self.path)
                post = Post(self.path.removeprefix("/2018-06-01/runtime/"), lowered(self.headers))
                if post.headers.get("transfer-encoding") == "chunked":
                    while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
                        post.chunks.append(self.rfile.read(size))
                        self.rfile.readline()
                        if api.on_chunk is not None and api.on_chunk(post):
                            self.close_connection = True
                            self.connection.shutdown(2)
                            api.posts.put(post)
                            return None
                    while line := self.rfile.readline().strip():
                        name, _, value = line.decode().partition(": ")
                        post.trailers[name.lower()] = value
                else:
                    post.chunks.append(self.rfile.read(int(post.headers["content-length"])))
                api.posts.put(post)
                return self.answer(api.status, b'{"status":"OK"}', {})

            def answer(self, status, body, headers):
                self.send_response_only(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                if not api.keep_alive:
                    self.send_header("Connection", "close")
                    self.close_connection = True
                if api.chunked_events and body:
                    self.send_header("Transfer-Encoding", "chunked")
                    self.end_headers()
                    for i in range(0, len(body), 7):
                        part = body[i : i + 7]
                        self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                        self.wfile.flush()
                    self.wfile.write(b"0\r\nX-Trailer: 1\r\n\r\n")
                else:
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                self.wfile.flush()

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                """Connections end with their process."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def give(self, event, request_id="r1", seconds=30, **headers):
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        named = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": ARN,
        }
        more = {f"Lambda-Runtime-{n.replace('_', '-')}": v for n, v in headers.items()}
        self.events.put((body, named | more))

    def post(self):
        return self.posts.get(timeout=60)

    def close(self):
        self.events.put(None)
        self.server.shutdown()
        self.server.server_close()


def lowered(headers):
    return {name.lower(): value for name, value in headers.items()}


def command(client, handler):
    """How a client is started."""
    if client == "aws":
        return [sys.executable, "-m", "awslambdaric", handler]
    return [sys.executable, str(START), sys.executable, "/var/runtime/bootstrap.py"]


def start(client, api, folder, handler, **environment):
    """Start a function in a client: ``aws`` is AWS's own, ``ours`` the loop."""
    return subprocess.Popen(
        command(client, handler),
        cwd=folder,
        env={
            **(unmeasured() if client == "aws" else measured_until_terminated()),
            "PYTHONPATH": os.pathsep.join(map(str, (folder, ROOT))),
            "LAMBDA_TASK_ROOT": str(folder),
            "AWS_LAMBDA_RUNTIME_API": api.address,
            "AWS_LAMBDA_FUNCTION_NAME": "f",
            "AWS_LAMBDA_FUNCTION_VERSION": "7",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/f",
            "AWS_LAMBDA_LOG_STREAM_NAME": "s",
            "_HANDLER": handler,
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
