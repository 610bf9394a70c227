"""The pages that describe a service."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from flask import Response, current_app, request, url_for

from coworks_runtime.authorization.authorize import is_let_in
from coworks_runtime.entry import entry

from .coworks_blueprint import Blueprint

if TYPE_CHECKING:
    from coworks_runtime.service import TechMicroService

_AdminType = TypeVar("_AdminType", bound="Admin")


class Admin(Blueprint):
    """Describes the service that it is registered on.

    GET at its root is a page for people, open to everybody: the service's documentation
    (``doc_md`` of the instance, ``DOC_MD`` or the class's docstring, in Markdown), then every
    route, each with a form that tries it. The page is complete in itself, and asks no other host
    for anything. ``/route`` and ``/openapi`` tell programs that have a token the same.

    .. code-block:: python

        self.register_blueprint(Admin(), url_prefix="/admin")

    :param name: the blueprint's name, ``admin`` by default.
    :param no_auth: ``False`` asks for a token on the page too; by default it is open.
    :param kwargs: what :class:`~coworks_runtime.Blueprint` takes.
    """

    def __new__(cls, *_args: Any, no_auth: bool = True, **_kwargs: Any) -> Self:
        """Choose the class whose page is open, or closed: options are a class's."""
        return super().__new__(cls if no_auth else _closed(cls))

    def __init__(self, name: str | None = None, *, no_auth: bool = True, **kwargs: Any) -> None:
        del no_auth  # __new__ has chosen the class by it
        super().__init__(name, **kwargs)

    @entry(no_auth=True)
    def get(self) -> Response:
        """This page: the service's documentation and its routes.

        :returns: HTML.
        """
        # Imported on use, as below: most requests of a service are for something else.
        from .admin import render_page, routes_of, service_info, told_to_strangers

        service = _service()
        routes = routes_of(service)
        if not is_let_in(service, request):  # type: ignore[arg-type]
            routes = told_to_strangers(routes)
        document = f"{request.blueprint}.get_openapi"
        page = render_page(
            service_info(service),
            routes,
            base=request.root_path,
            document_url=url_for(document) if document in service.view_functions else None,
        )
        return Response(page.html, mimetype="text/html", headers=page.headers)

    @entry
    def get_route(
        self, prefix: str | None = None, blueprint: str | None = None
    ) -> list[dict[str, Any]]:
        """The routes of the service, as JSON.

        :param prefix: gives only the routes whose path starts with it.
        :param blueprint: gives only the routes of the blueprint of that name; empty for those of
            the service itself.
        :returns: a record for each route, sorted by path, then method.
        """
        from .admin import routes_of

        return [route.as_json() for route in routes_of(_service(), prefix, blueprint)]

    @entry
    def get_openapi(self) -> dict[str, Any]:
        """The service as an OpenAPI 3.1 document.

        :returns: paths, parameters, bodies, schemas and the security scheme.
        """
        from .admin import openapi_document, routes_of, service_info

        service = _service()
        url = request.url_root.rstrip("/")
        return openapi_document(service_info(service), routes_of(service), url)


def _service() -> TechMicroService:
    # Itself, not the proxy, whose class says nothing of the service.
    return cast("TechMicroService", current_app.app_context().app)


def _closed(cls: type[_AdminType]) -> type[_AdminType]:
    """The same class with its page behind the token."""

    @entry
    @wraps(cls.get)
    def get(self: _AdminType) -> Response:
        return cast("Response", cls.get(self))

    attributes = {"__module__": cls.__module__, "__doc__": cls.__doc__, "get": get}
    return type(cls.__name__, (cls,), attributes)
