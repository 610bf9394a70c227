"""`python -m benchmarks.streams`: a stream's first byte, and the loop that sends streams.

An answer of 1 MB in 100 pieces, each made a millisecond after the one before: when its first byte
is there, by the loop, by Flask's server, and as a whole in AWS's client. Then the loop and AWS's
client on an ordinary entry: CPU time of a warm call and of a start to the first answer, in turns.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import coworks_runtime
from benchmarks.requests_sent import EVENTS

SERVICE = """
import time
from coworks_runtime import TechMicroService, entry

PIECE = b"x" * 10_486

def pieces():
    for i in range(100):
        if i:
            time.sleep(0.001)
        yield PIECE

class Service(TechMicroService):
    @entry(no_auth=True)
    def get(self):
        return "Hello world.\\n"

    @entry(no_auth=True, stream=True)
    def get_pieces(self):
        return pieces()

app = Service()
"""
CLIENTS = ("loop", "AWS's client")
_ROOT = Path(coworks_runtime.__file__).parents[1]
_START = _ROOT / "coworks_runtime" / "on_lambda" / "loop" / "start.py"
_TICKS = os.sysconf("SC_CLK_TCK")


class Function:
    """A function in a client, and the Runtime API that it asks, one thing after the other.

    :param client: one of :data:`CLIENTS`.
    :param folder: where ``service.py`` is.
    """

    def __init__(self, client: str, folder: Path) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(60)
        address = "{}:{}".format(*self._listener.getsockname())
        command = [sys.executable, str(_START), sys.executable, "/var/runtime/bootstrap.py"]
        if client != CLIENTS[0]:
            command = [sys.executable, "-m", "awslambdaric", "service.app"]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(folder), str(_ROOT))),
            "LAMBDA_TASK_ROOT": str(folder),
            "AWS_LAMBDA_RUNTIME_API": address,
            "AWS_LAMBDA_FUNCTION_NAME": "service",
            "_HANDLER": "service.app",
        }
        self.process = subprocess.Popen(command, cwd=folder, env=environment)
        self._connection, self._rest = self._listener.accept()[0], b""
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request()

    def call(self, event: bytes) -> tuple[float, float, int]:
        """Give an event: seconds to the answer's first byte, to its end, and its length."""
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            "Lambda-Runtime-Aws-Request-Id: r\r\nLambda-Runtime-Deadline-Ms: 9999999999999\r\n"
            f"Lambda-Runtime-Invoked-Function-Arn: a\r\nContent-Length: {len(event)}\r\n\r\n"
        )
        started = time.perf_counter()
        self._connection.sendall(head.encode() + event)
        first, length = self._request()
        ended = time.perf_counter()
        self._connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        self._request()
        return first - started, ended - started, length

    def cpu(self) -> float:
        """CPU seconds of the process until now."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def end(self) -> float:
        """End the process: its CPU seconds."""
        self.process.kill()
        _, _, used = os.wait4(self.process.pid, 0)
        self.process.returncode = 0
        self._connection.close()
        self._listener.close()
        return used.ru_utime + used.ru_stime

    def _request(self) -> tuple[float, int]:
        """Read a request: when the first byte of its body was there, and how long that is."""
        head = self._until(b"\r\n\r\n").lower()
        if b"transfer-encoding: chunked" not in head:
            _, found, rest = head.partition(b"content-length:")
            length = int(rest.split(b"\r\n")[0]) if found else 0
            self._exactly(min(1, length))
            first = time.perf_counter()
            self._exactly(length - min(1, length))
            return first, length
        length = 0
        first = 0.0
        while size := int(self._until(b"\r\n"), 16):
            piece = self._exactly(size)
            self._exactly(2)
            if b"\0" * 8 in piece:  # the head ends, with its piece
                piece = piece.partition(b"\0" * 8)[2]
            if piece and not first:
                first = time.perf_counter()
            length += len(piece)
        self._until(b"\r\n")
        return first, length

    def _until(self, end: bytes) -> bytes:
        while end not in self._rest:
            self._rest += self._received()
        found, _, self._rest = self._rest.partition(end)
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._rest) < size:
            self._rest += self._received()
        data, self._rest = self._rest[:size], self._rest[size:]
        return data

    def _received(self) -> bytes:
        data = self._connection.recv(1 << 16)
        if not data:
            raise ConnectionError("the function's process has ended")
        return data


def event_of(path: str) -> bytes:
    """The event of a GET, of other entries' benchmarks."""
    event = json.loads(EVENTS["GET /"])
    event |= {"path": path, "resource": path}
    event["requestContext"] |= {"path": f"/dev{path}", "resourcePath": path}
    return json.dumps(event).encode()


@contextmanager
def flask_server(folder: Path) -> Iterator[Callable[[], tuple[float, float, int]]]:
    """Flask's server of the same service: a function that asks it for the stream."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "flask", "--app", "service", "run", "--port", str(port)]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=quiet, stderr=quiet)

    def ask() -> tuple[float, float, int]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        started = time.perf_counter()
        connection.request("GET", "/pieces")
        response = connection.getresponse()
        length = len(response.read(1))
        first = time.perf_counter()
        length += len(response.read())
        connection.close()
        return first - started, time.perf_counter() - started, length

    try:
        end = time.monotonic() + 60
        while True:
            try:
                ask()
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)
        yield ask
    finally:
        process.kill()
        process.wait()


def first_bytes(folder: Path, rounds: int) -> dict[str, tuple[float, float]]:
    """Milliseconds to the first byte of the stream and to its end, medians, by who sends it."""
    event = event_of("/pieces")
    functions = {name: Function(name, folder) for name in CLIENTS}
    taken: dict[str, list[tuple[float, float]]] = {}
    try:
        with flask_server(folder) as ask:
            asked = {name: lambda f=f: f.call(event) for name, f in functions.items()}
            for _ in range(rounds):
                for name, call in {**asked, "Flask's server": ask}.items():
                    first, end, length = call()
                    assert length >= 1_048_600
                    taken.setdefault(name, []).append((first * 1000, end * 1000))
    finally:
        for function in functions.values():
            function.end()
    return {name: _medians(values) for name, values in taken.items()}


def _medians(values: list[tuple[float, float]]) -> tuple[float, float]:
    firsts, ends = zip(*values, strict=True)
    return statistics.median(firsts), statistics.median(ends)


def warm(folder: Path, rounds: int, calls: int = 400) -> dict[str, tuple[float, float]]:
    """Microseconds of CPU and of time of a call, medians of rounds, by client."""
    event = event_of("/")
    functions = {name: Function(name, folder) for name in CLIENTS}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in CLIENTS}
    try:
        for number in range(rounds + 1):
            for name, function in functions.items():
                used, started = function.cpu(), time.perf_counter()
                for _ in range(calls):
                    function.call(event)
                elapsed = time.perf_counter() - started
                if number:  # the first round warms up
                    spent = (function.cpu() - used) / calls * 1e6
                    taken[name].append((spent, elapsed / calls * 1e6))
    finally:
        for function in functions.values():
            function.end()
    return {name: _medians(values) for name, values in taken.items()}


def cold(folder: Path, rounds: int) -> dict[str, float]:
    """Milliseconds of CPU from a process's start to its first answer, medians, by client."""
    event = event_of("/")
    taken: dict[str, list[float]] = {name: [] for name in CLIENTS}
    for number in range(rounds + 1):
        for name in CLIENTS:
            function = Function(name, folder)
            function.call(event)
            used = function.end()
            if number:  # the first one writes .pyc files
                taken[name].append(used * 1000)
    return {name: statistics.median(values) for name, values in taken.items()}


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.streams", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="(%(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "service.py").write_text(SERVICE)
        print(
            "\nA stream of 1 MB in 100 pieces, one a millisecond: ms to its first byte, to its end\n"
        )
        for who, (first, end) in first_bytes(folder, options.rounds).items():
            whole = " (whole)" if who == CLIENTS[1] else ""
            print(f"{who + whole:24}{first:8.1f}{end:8.1f}")
        print("\nAn ordinary entry\n")
        warm_results, cold_results = warm(folder, options.rounds), cold(folder, options.rounds)
        print(f"{'':24}{'warm, µs of CPU':>18}{'µs in all':>12}{'cold, ms of CPU':>18}")
        for who in CLIENTS:
            spent, elapsed = warm_results[who]
            print(f"{who:24}{spent:18.0f}{elapsed:12.0f}{cold_results[who]:18.0f}")


if __name__ == "__main__":
    main()
