"""What a service says of its logs, and who is told of its calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import request

from .failures import ExcInfo, log_failure

if TYPE_CHECKING:
    from logging import Logger

    from .watch import Watch


class Observed:
    """A service whose calls may be observed."""

    name: str
    stage: str

    access_log: ClassVar[bool] = False
    """Whether a line is logged for each request: method, route, status, duration."""

    correlation_header: ClassVar[str | None] = None
    """The header of an id that the caller gives, for logs and traces: ``"X-Correlation-Id"``.

    It is answered back; where the caller gives none, the request's own id is. Without a header,
    which is the default, nothing is answered back.
    """

    if TYPE_CHECKING:
        authorization_header: ClassVar[str]
        extensions: dict[str, Any]

        @property
        def logger(self) -> Logger:
            """Flask's."""

    _watch: Watch | None = None
    """What surrounds the service's calls; ``None`` where nobody observes them."""

    def log_exception(self, exc_info: ExcInfo) -> None:
        """Log an unexpected exception with its traceback and, deployed, the request's id."""
        log_failure(self.logger, request, exc_info)
