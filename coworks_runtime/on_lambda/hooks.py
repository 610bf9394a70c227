"""Flask's hooks around one entry, looked for only where any is registered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, request_tearing_down
from flask import Response as FlaskResponse
from flask.helpers import _split_blueprint_path


class Hooks:
    """The hooks and the signals' receivers around an endpoint, in Flask's order.

    The registries are read at each request, as Flask does: what is registered may change.

    :param service: the service.
    :param endpoint: the endpoint, a blueprint's names before it.
    """

    def __init__(self, service: Flask, endpoint: str) -> None:
        self._service = service
        self._endpoint = endpoint
        blueprint = endpoint.rpartition(".")[0]
        blueprints = _split_blueprint_path(blueprint) if blueprint else []
        self._inwards = (None, *reversed(blueprints))
        self._outwards = (*blueprints, None)
        self._plain: dict[int, Callable[..., Any]] = {}

    def before(self, values: dict[str, Any] | None) -> Any:
        """Run what ``preprocess_request`` runs.

        :param values: the path's values.
        :return: what the first hook that answers gives, ``None`` where none does.
        """
        preprocessors = self._service.url_value_preprocessors
        if preprocessors:
            for scope in self._inwards:
                for function in preprocessors.get(scope, ()):
                    function(self._endpoint, values)
        hooks = self._service.before_request_funcs
        if hooks:
            for scope in self._inwards:
                for hook in hooks.get(scope, ()):
                    answer = self._sync(hook)()
                    if answer is not None:
                        return answer
        return None

    def after(self, response: FlaskResponse) -> FlaskResponse:
        """Run the service's and the blueprints' hooks of ``process_response``."""
        hooks = self._service.after_request_funcs
        if hooks:
            for scope in self._outwards:
                for hook in reversed(hooks.get(scope, ())):
                    response = self._sync(hook)(response)
        return response

    def tear_down(self, error: BaseException | None) -> None:
        """Run what ``do_teardown_request`` runs."""
        hooks = self._service.teardown_request_funcs
        if hooks:
            for scope in self._outwards:
                for hook in reversed(hooks.get(scope, ())):
                    self._sync(hook)(error)
        if request_tearing_down.receivers:
            request_tearing_down.send(
                self._service, _async_wrapper=self._service.ensure_sync, exc=error
            )

    def _sync(self, hook: Callable[..., Any]) -> Callable[..., Any]:
        """What to call for a hook; what ``ensure_sync`` leaves as it is isn't given to it again."""
        if id(hook) in self._plain:
            return hook
        function = self._service.ensure_sync(hook)
        if function is hook:
            self._plain[id(hook)] = hook
        return function
