"""A service as its callers see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self, TypeVar, overload

from coworks_runtime.entry import EntryOptions, options_of
from coworks_runtime.routing.naming import Route, route_of
from coworks_runtime.service import TechMicroService
from coworks_runtime.values.parameters import Signature
from coworks_runtime.values.type_arguments import type_arguments

from .answer import AcceptedAnswer, Answer
from .call import Call
from .connection import Connection, Token, connection_to
from .exchange import Carrier, carrier_of
from .stream import StreamedAnswer

Service = TypeVar("Service", bound=TechMicroService)


@overload
def remote(
    service: type[Service], target: Any = None, *, token: Token | None = None
) -> Service: ...


@overload
def remote(service: Service, target: Any = None, *, token: Token | None = None) -> Service: ...


def remote(service: Any, target: Any = None, *, token: Token | None = None) -> Any:
    """A client of a service, with the methods of the class that declares it.

    Its entries are called as the service's own methods: values go out and come back by the entry's
    annotations, ``(body, status)`` gives the body alone, an error arrives as Werkzeug's exception
    of its status. An entry with ``background`` gives the id of the request. The entries of a blueprint are ``client.<blueprint>.<entry>``. How long to wait
    and how often to try is the HTTP client's to say.

    .. code-block:: python

        shop = remote(Shop, "https://ID.execute-api.REGION.amazonaws.com/dev", token="...")
        with remote(Shop, httpx.Client(base_url=url, timeout=3)) as shop:
            shop.get_item(5)
        remote(Shop, app.test_client()).get_item(5)     # in tests

    :param service: the class, or a service of it. Of a class a service is made when a blueprint of
        it is asked for.
    :param target: the URL of the service's stage (this needs httpx); an ``httpx.Client`` with a
        ``base_url``; the test client of an application. By default the URL that the environment
        has in ``CWS_<CLASS>_URL``, with the token of ``CWS_<CLASS>_TOKEN``, or of the secret of
        ``CWS_<CLASS>_TOKEN_SECRET_ARN``: the construct's ``connect`` sets them.
    :param token: the token for the protected entries, or a function that gives it for each call;
        none by default. It is never sent to an entry that is open.
    :raises TypeError: for another target.
    :raises ValueError: for a URL without its scheme, or a service that isn't connected.
    :raises ImportError: for a URL where httpx isn't installed.
    """
    cls = service if isinstance(service, type) else type(service)
    if not issubclass(cls, TechMicroService):
        raise TypeError(f"remote(): {service!r} is no TechMicroService, nor a class of them")
    known = connection_to(cls.__name__) if target is None else Connection(target)
    return RemoteService(service, carrier_of(known.target), token or known.token)


class RemoteService:
    """Stands for a service that answers elsewhere.

    :param service: its class, or a service of it.
    :param carrier: who carries the requests.
    :param token: the token, or what gives it.
    """

    def __init__(self, service: Any, carrier: Carrier, token: Token | None) -> None:
        self._service: Any = service
        self._cls: type[TechMicroService] = service if isinstance(service, type) else type(service)
        self._carrier = carrier
        self._token = token

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._carrier.close()

    def __repr__(self) -> str:
        return f"<remote {self._cls.__name__}>"

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._cls, name, None)
        options = options_of(function)
        if options is not None and function is not None:
            where = f"entry {name!r} of {self._cls.__qualname__}"
            signature = Signature(function, where, type_arguments(self._cls, name))
            route = route_of(name, signature.path, signature.greedy)
            found: Any = self._entry(function, options, signature, route)
        elif name.startswith("__"):  # what Python looks for is nobody's blueprint
            raise AttributeError(name)
        else:
            found = self._blueprint(name)
        self.__dict__[name] = found  # the next look finds it at once
        return found

    def _entry(
        self,
        function: Callable[..., Any],
        options: EntryOptions,
        signature: Signature,
        route: Route,
    ) -> RemoteEntry:
        headers = _no_headers if options.no_auth or self._token is None else self._authorization
        call = Call(function, signature, route)
        if options.background:
            return RemoteEntry(call, AcceptedAnswer(call.where), self._carrier, headers)
        returns = call.signature.return_annotation
        is_stream = bool(options.stream)
        answer = Answer(returns, options.status, call.where, is_stream=is_stream)
        if options.stream:
            return StreamingEntry(call, answer, self._carrier, headers)
        return RemoteEntry(call, answer, self._carrier, headers)

    def _authorization(self) -> dict[str, str]:
        token = self._token() if callable(self._token) else self._token
        return {self._cls.authorization_header: token or ""}

    def _blueprint(self, name: str) -> RemoteBlueprint:
        service = self._service
        if isinstance(service, type):
            try:
                service = self._service = service()
            except TypeError as error:
                raise TypeError(
                    f"remote({self._cls.__name__}): has no entry {name!r}, and for its blueprints a "
                    f"service is needed: {error}; give remote() a service in place of the class"
                ) from error
        entries = {
            endpoint: self._entry(b.function, b.options, b.signature, _route(service, endpoint))
            for endpoint, b in service.entries.items()
            if "." in endpoint
        }
        if not any(endpoint.startswith(f"{name}.") for endpoint in entries):
            raise AttributeError(f"{self._cls.__qualname__} has no entry and no blueprint {name!r}")
        return RemoteBlueprint(name, entries)


class RemoteBlueprint:
    """Stands for a blueprint of a service that answers elsewhere.

    :param name: its name, those of the blueprints around it before it.
    :param entries: the entries of all blueprints, by endpoint.
    """

    def __init__(self, name: str, entries: Mapping[str, RemoteEntry]) -> None:
        self._name = name
        self._entries = entries

    def __repr__(self) -> str:
        return f"<remote blueprint {self._name}>"

    def __getattr__(self, name: str) -> RemoteEntry | RemoteBlueprint:
        endpoint = f"{self._name}.{name}"
        if endpoint in self._entries:
            return self._entries[endpoint]
        if any(known.startswith(f"{endpoint}.") for known in self._entries):
            return RemoteBlueprint(endpoint, self._entries)
        raise AttributeError(f"the blueprint {self._name!r} has no entry and no blueprint {name!r}")


class RemoteEntry:
    """Stands for an entry: called as its function is, it asks the service that answers elsewhere.

    :param call: what it takes, and how that is sent.
    :param answer: what its answers are read as.
    :param carrier: who carries the request.
    :param headers: gives the headers of each request.
    """

    def __init__(
        self,
        call: Call,
        answer: Answer,
        carrier: Carrier,
        headers: Callable[[], Mapping[str, str]],
    ) -> None:
        self._call = call
        self._carrier = carrier
        self._headers = headers
        self._answer = answer
        self.__signature__ = call.signature
        self.__name__ = call.name
        self.__doc__ = call.doc

    def __repr__(self) -> str:
        return f"<remote {self._call.where}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the entry where it answers.

        :raises TypeError: for arguments that its function doesn't take.
        :raises ValueError: for a value that can't be sent where the entry reads it.
        :raises werkzeug.exceptions.HTTPException: for an answer that is an error.
        """
        sent = self._call.request(args, kwargs, self._headers())
        return self._answer.read(self._carrier.send(sent), is_head=sent.method == "HEAD")


class StreamingEntry(RemoteEntry):
    """Stands for an entry whose answer is sent piece by piece."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the entry where it answers.

        :return: an iterator over the pieces of its answer, as they arrive; what the entry returned,
            where that is no stream.
        :raises TypeError: for arguments that its function doesn't take.
        :raises ValueError: for a value that can't be sent where the entry reads it.
        :raises werkzeug.exceptions.HTTPException: for an answer that is an error.
        """
        begun = self._carrier.begin(self._call.request(args, kwargs, self._headers()))
        if self._answer.is_stream(begun.status):
            return StreamedAnswer(begun)
        return self._answer.read(begun.whole())


def _no_headers() -> dict[str, str]:
    return {}


def _route(service: TechMicroService, endpoint: str) -> Route:
    """The route of a blueprint's entry, its prefix included."""
    return next(r.route for r in service.registered_routes if r.endpoint == endpoint)
