"""Which way the events of a service take: the short one where it is right, else WSGI's."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

from flask import Flask

from coworks_runtime import verified
from coworks_runtime.routing.url_map import ServiceMap

if verified.is_verified():
    # Nowhere else: these modules name private parts, which another version need not have.
    from .eligibility import dispatches_as_flask
    from .short_way import ShortWay

if TYPE_CHECKING:
    from .protocol import RoutedService, Way

_logger = logging.getLogger(__name__)


def short_way_of(service: RoutedService, own: type[Flask], *, is_wanted: bool) -> Way | None:
    """The short way through a service, ``None`` where all its events take the way of WSGI.

    :param service: the service, a Flask application.
    :param own: the class that the service's extends, and whose dispatch is Flask's.
    :param is_wanted: ``False`` where the service was told to do without.
    """
    if not is_wanted:
        _logger.debug("Every event takes the WSGI way: CWS_SHORT_WAY is 0")
        return None
    if not verified.is_verified():
        _logger.debug("Every event takes the WSGI way: %s", verified.why_not())
        return None
    flask = cast("Flask", service)
    url_map = flask.url_map
    if isinstance(url_map, ServiceMap) and dispatches_as_flask(flask, own):
        return ShortWay(service, url_map)
    return None
