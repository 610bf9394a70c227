"""Flask's test client, which does the work of background entries when it has their answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

from .background import AFTER_ANSWER_KEY


class ServiceClient(FlaskClient):
    """Flask's client; when a call is over, the work that it has begun is done."""

    __test__ = False

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Flask's method.

        What the work raises, where the service passes exceptions on, is raised here.
        """
        waiting: list[Callable[[], None]] = []
        self.environ_base[AFTER_ANSWER_KEY] = waiting  # type: ignore[assignment]
        response = super().open(*args, **kwargs)
        while waiting:
            waiting.pop(0)()
        return response
