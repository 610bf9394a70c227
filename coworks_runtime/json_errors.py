"""HTTP errors as JSON, in the shape that API Gateway's own have here."""

from __future__ import annotations

import json
from typing import Any

from werkzeug.exceptions import HTTPException


def json_error(error: HTTPException) -> Any:
    """An HTTP error as JSON: its description, or its name where it says nothing of its own."""
    if error.response is not None:
        return error
    own = error.description != type(error).description
    message = error.description if own and error.description else error.name
    response = error.get_response()
    response.data = json.dumps({"message": message}, separators=(",", ":")).encode()
    response.content_type = "application/json"
    return response
