"""Flask's blueprint, with entries."""

from __future__ import annotations

import re
from logging import Logger, getLogger
from typing import TYPE_CHECKING, Any, cast

from flask import Blueprint as FlaskBlueprint
from flask import Flask, Response, current_app, has_app_context
from flask.blueprints import BlueprintSetupState

from coworks_runtime.bound_entry import BoundEntry, entries_of
from coworks_runtime.routing.naming import from_werkzeug, to_werkzeug
from coworks_runtime.static_files import send_static_file
from coworks_runtime.superseded import warn_of_superseded

if TYPE_CHECKING:
    from flask.sansio.blueprints import Blueprint as SansioBlueprint


class _HiddenState(BlueprintSetupState):
    """The state of a blueprint registered without its routes."""

    def add_url_rule(self, *_args: Any, **_options: Any) -> None:
        """Leave the route out."""


class Blueprint(FlaskBlueprint):
    """A set of entries that services register, under a prefix where wanted.

    ``service.register_blueprint(bp, url_prefix="/admin")`` adds the routes of its entries;
    with ``hide_routes=True`` it is registered, hooks included, without its routes.

    A prefix may be written without its first slash. Methods that ``on_event`` marks take events,
    with routes or without.

    :param name: its name, the first part of its endpoints; by default its class's in lower case.
    :param import_name: the module where its resources are; by default its class's.
    :raises EntryError: for an entry that can't be served.
    """

    def __init__(
        self, name: str | None = None, import_name: str | None = None, **kwargs: Any
    ) -> None:
        cls = type(self)
        warn_of_superseded(cls, Blueprint)
        if "url_prefix" in kwargs:
            kwargs["url_prefix"] = _with_slash(kwargs["url_prefix"])
        self._nested: list[Blueprint] = []
        self.is_in_hidden = False
        """Whether it is being registered by one whose routes are hidden."""
        super().__init__(name or cls.__name__.lower(), import_name or cls.__module__, **kwargs)
        for bound in entries_of(self, FlaskBlueprint):
            self.record(_adder(bound))
        self.record(self._add_event_methods)

    def _add_event_methods(self, state: BlueprintSetupState) -> None:
        prefix = f"{state.name_prefix}.{state.name}.".lstrip(".")
        state.app.event_methods.add(self, prefix=prefix)  # type: ignore[attr-defined]

    def register_blueprint(self, blueprint: SansioBlueprint, **options: Any) -> None:
        """Flask's method: nest a blueprint, which is hidden where this one is."""
        if isinstance(blueprint, Blueprint):
            self._nested.append(blueprint)
        super().register_blueprint(blueprint, **options)

    @property
    def logger(self) -> Logger:
        """The logger of the service that answers; the blueprint's own where none does."""
        return current_app.logger if has_app_context() else getLogger(self.name)

    def send_static_file(self, filename: str) -> Response:
        """Flask's view of the static folder, with tags that follow the files' content."""
        return send_static_file(self, filename)

    def make_setup_state(
        self, app: Any, options: dict[str, Any], first_registration: bool = False
    ) -> BlueprintSetupState:
        """Flask's state of a registration, without routes where these are hidden."""
        state = _HiddenState if options.get("hide_routes") else BlueprintSetupState
        return state(self, app, options, first_registration)

    def register(self, app: Any, options: dict[str, Any]) -> None:
        """Register with a service. Called by ``register_blueprint``."""
        if "url_prefix" in options:
            options = {**options, "url_prefix": _with_slash(options["url_prefix"])}
        if self.is_in_hidden:
            options = {**options, "hide_routes": True}
        if not options.get("hide_routes"):
            super().register(app, options)
            return
        for nested in self._nested:
            nested.is_in_hidden = True
        try:
            super().register(app, options)
        finally:
            for nested in self._nested:
                nested.is_in_hidden = False


def _with_slash(prefix: str | None) -> str | None:
    """A prefix as Flask wants it: ``admin`` → ``/admin``."""
    return f"/{prefix}" if prefix and not prefix.startswith("/") else prefix


def _below(prefix: str, path: str) -> str:
    """An entry's path below a prefix, without the variables that this gives already."""
    if "<" not in prefix:
        return path
    given = set(re.findall(r"\{\w+\+?\}", from_werkzeug(prefix)))
    return "/".join(part for part in path.split("/") if part not in given) or "/"


def _adder(bound: BoundEntry) -> Any:
    def add(state: BlueprintSetupState) -> None:
        service = cast(Flask, state.app)
        if bound.options.exists_on(service.stage):  # type: ignore[attr-defined]
            rule = to_werkzeug(_below(state.url_prefix or "", bound.route.path))
            # Flask puts "/" after a prefix: the blueprint's root is the prefix itself.
            at_prefix = rule == "/" and state.url_prefix
            state.add_url_rule(
                "" if at_prefix else rule,
                bound.name,
                bound.view,
                methods=[bound.route.method],
            )

    return add
