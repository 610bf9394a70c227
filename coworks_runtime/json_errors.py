"""HTTP errors as JSON, in the shape that API Gateway's own have here."""

from __future__ import annotations

import json
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import RoutingException


def json_error(error: HTTPException) -> Any:
    """An HTTP error as JSON: its description, or its name where it says nothing of its own.

    The last resort, for an error that no handler of the service has answered. What isn't an error
    of a caller's, a redirect say, and what brings its own response stay as they are.
    """
    if error.response is not None or isinstance(error, RoutingException):
        return error
    own = error.description != type(error).description
    message = error.description if own and error.description else error.name
    response = error.get_response()
    response.data = json.dumps({"message": message}, separators=(",", ":")).encode()
    response.content_type = "application/json"
    return response
