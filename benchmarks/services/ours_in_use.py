"""The same service with hooks, a session and a signal in use."""

from coworks_runtime import request
from flask import request_finished, session

from ours_service import Service

handler = Service()
handler.secret_key = "not a secret"
finished = []


@handler.before_request
def count_visit():
    session["visits"] = session.get("visits", 0) + 1


@handler.after_request
def add_header(response):
    response.headers["X-Path"] = request.path
    return response


@handler.teardown_request
def note_end(error):
    finished[:] = [error]


@request_finished.connect
def note_answer(sender, response, **kwargs):
    finished[:] = [response.status_code]
