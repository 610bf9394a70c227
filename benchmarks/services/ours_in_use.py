"""The same service with hooks, a session that is read, and signals in use."""

from coworks_runtime import request
from flask import g, request_finished, session

from ours_service import Service

handler = Service()
handler.secret_key = "not a secret"
finished = []


@handler.before_request
def note_user():
    g.user = session.get("user")


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
