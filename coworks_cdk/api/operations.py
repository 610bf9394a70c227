"""What each route of an API does: its method, its integration, its answers. Pure.

These records are all that there is to know of a route, in API Gateway's own words. They are
rendered as resources and methods (``rest_api``), and as an OpenAPI document (``openapi``): what
is said of an integration here holds in both. An entry whose integration is of another kind is
told apart in :func:`integration_of`, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from coworks_cdk.api import background
from coworks_cdk.api.cross_origin import origin_template, preflight_headers
from coworks_cdk.api.gateway_responses import GatewayResponse
from coworks_cdk.api.route_tree import RouteNode
from coworks_cdk.service_description import Cors, Entry

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """One of an integration's answers, and the method's.

    :param headers: expressions by the header's name, as ``"'text'"``.
    :param templates: by content type.
    :param pattern: which answers of the integration it is for; all, without one.
    :param content_handling: as of an integration.
    """

    status: str
    headers: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
    pattern: str | None = None
    content_handling: str | None = None


@dataclass(frozen=True, slots=True)
class Integration:
    """What API Gateway does with a request.

    https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html

    :param type: ``AWS_PROXY``, ``AWS`` or ``MOCK``.
    :param uri: what is called; nothing, of a mock.
    :param timeout: milliseconds that it is waited for; API Gateway's default without one.
    :param content_handling: ``CONVERT_TO_TEXT`` or ``CONVERT_TO_BINARY``.
    :param passthrough: what becomes of a request that no template is for.
    :param request_parameters: as ``integration.request.header.Name``, to expressions.
    :param request_templates: by content type.
    :param answers: those of an integration that isn't a proxy.
    :param transfer_mode: ``STREAM``, where the answer goes on as it comes.
    """

    type: str
    uri: str | None = None
    timeout: float | None = None
    content_handling: str | None = None
    passthrough: str | None = None
    request_parameters: Mapping[str, str] = field(default_factory=dict)
    request_templates: Mapping[str, str] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()
    transfer_mode: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a resource.

    :param name: what it is called in the API.
    :param protected: whether its callers have to be let in.
    """

    method: str
    integration: Integration
    name: str | None = None
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """The function that an API calls.

    :param services: what the URI of any of AWS's services begins with, for Lambda.
    :param arn: the function's, or its alias'.
    :param timeout: as of an integration.
    :param binary: the API's binary media types.
    :param stream_timeout: likewise, of one that streams.
    """

    services: str
    arn: str
    timeout: float | None = None
    binary: tuple[str, ...] = ()
    stream_timeout: float | None = None

    def uri(self, version: str = "2015-03-31", action: str = "invocations") -> str:
        """What an integration calls.

        :param version: of Lambda's API.
        :param action: what is asked of the function.
        """
        return f"{self.services}/{version}/functions/{self.arn}/{action}"


@dataclass(frozen=True, slots=True)
class Routes:
    """All that an API serves.

    :param root: the tree of its resources.
    :param target: what the entries' integrations call.
    :param cors: the rules of preflights.
    :param responses: the gateway's own answers.
    """

    root: RouteNode
    target: Target
    cors: Cors = field(default_factory=Cors)
    responses: tuple[GatewayResponse, ...] = ()

    def operations(self, node: RouteNode) -> Iterator[Operation]:
        """The methods of a resource: one for each entry, and the preflight."""
        for method, entry in node.entries.items():
            yield Operation(
                method=method,
                integration=integration_of(entry, self.target, self.cors),
                name=entry.endpoint,
                protected=not entry.no_auth,
            )
        if node.cors_methods and "OPTIONS" not in node.entries:
            yield Operation(method="OPTIONS", integration=preflight(node.cors_methods, self.cors))


def integration_of(entry: Entry, target: Target, cors: Cors) -> Integration:
    """What becomes of a request to an entry."""
    if entry.background:
        accepted = Answer(
            "202",
            headers=background.response_headers(entry, cors),
            templates={JSON: background.response_template(entry, cors)},
            content_handling="CONVERT_TO_TEXT",
        )
        return Integration(
            "AWS",
            uri=target.uri(),
            # Base64 in the template, where the body is binary: it can't be anything but data.
            content_handling="CONVERT_TO_TEXT",
            # Of a type that no template is for the body would be the event.
            passthrough="NEVER",
            request_parameters=background.request_parameters(),
            request_templates=background.request_templates(entry, target.binary),
            answers=(accepted,),
        )
    if entry.stream:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
        return Integration(
            "AWS_PROXY",
            uri=target.uri("2021-11-15", "response-streaming-invocations"),
            timeout=target.stream_timeout,
            transfer_mode="STREAM",
        )
    return Integration("AWS_PROXY", uri=target.uri(), timeout=target.timeout)


def preflight(methods: tuple[str, ...], cors: Cors) -> Integration:
    """Answer a page that asks whether it may call these methods of a path.

    The gateway does so without the function.
    """
    headers = {name: f"'{value}'" for name, value in preflight_headers(cors, methods).items()}
    return Integration(
        "MOCK",
        # With every media type binary, the mock's template is read as text only when told.
        content_handling="CONVERT_TO_TEXT",
        request_templates={JSON: '{"statusCode":204}'},
        answers=(Answer("204", headers=headers, templates={JSON: origin_template(cors)}),),
    )
