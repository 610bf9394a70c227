"""A service whose entries stream."""

import os
import time
from pathlib import Path

from flask import Response, abort, after_this_request, request, stream_with_context

from coworks_runtime import TechMicroService, entry


def wait_for(name):
    """Wait until a test has made a file."""
    end = time.monotonic() + 60
    while not Path(name).exists():
        if time.monotonic() > end:
            raise TimeoutError(name)
        time.sleep(0.005)


class Streaming(TechMicroService):
    def token_authorizer(self, token):
        return token == "token"

    @entry(no_auth=True)
    def get(self):
        return {"whole": True, "pid": os.getpid()} if request.args else {"whole": True}

    @entry(no_auth=True, stream=True)
    def get_texts(self, *, n: int = 3):
        for i in range(n):
            yield f"é{i} {request.path}\n"

    @entry(no_auth=True, stream="text/event-stream", no_cors=False)
    def get_events(self):
        yield "data: 1\n\n"
        yield "data: 2\n\n"

    @entry(no_auth=True, stream=True, binary_headers={"Content-Type": "image/x", "X-Image": "1"})
    def get_image(self, name):
        yield b"\x89\x00\xff"
        yield name.encode()

    @entry(no_auth=True, stream=True, status=202)
    def post_lines(self, lines: list[str] = ()):
        return list(lines)

    @entry(no_auth=True, stream=True)
    def get_headers(self):
        response = Response(
            stream_with_context(iter(["a", "b"])), 206, headers=[("X-Two", "1"), ("X-Two", "2")]
        )
        response.set_cookie("one", "1")
        response.set_cookie("two", "2")
        return response

    @entry(no_auth=True, stream=True)
    def get_late(self):
        @after_this_request
        def add(response):
            response.headers["X-Late"] = "in time"
            return response

        yield "late"

    @entry(stream=True)
    def get_protected(self):
        yield f"for {request.headers['Authorization']}"

    @entry(no_auth=True, stream=True)
    def get_refused(self, code: int):
        abort(code, "no")
        yield "never"

    @entry(no_auth=True, stream=True)
    def get_broken(self):
        raise ValueError("broken")
        yield "never"

    @entry(no_auth=True, stream=True)
    def get_nothing(self):
        return None

    @entry(no_auth=True, stream=True)
    def get_empty(self):
        return iter(())

    @entry(no_auth=True, stream=True)
    def get_failing(self):
        yield "1"
        yield "2"
        yield "3"
        raise ValueError("after three")

    @entry(no_auth=True, stream=True)
    def get_paced(self, *, folder: str):
        try:
            for i in range(3):
                if i:
                    wait_for(f"{folder}/{i}")
                yield f"{i}"
        finally:
            Path(folder, "closed").touch()

    @entry(no_auth=True, stream=True)
    def get_endless(self, *, folder: str):
        try:
            while True:
                yield b"x" * 10_000
        finally:
            Path(folder, "closed").touch()

    @entry(no_auth=True, stream=True)
    def get_stuck(self, *, after: int):
        for i in range(after):
            yield f"{i}"
        time.sleep(600)
        yield "never"

    @entry(no_auth=True, stream=True)
    def get_much(self, *, mb: int):
        block = b"m" * (1 << 16)
        for _ in range(mb << 4):
            yield block


app = Streaming()
