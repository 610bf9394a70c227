"""The page that a person reads."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import groupby
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from .catalog import short_type, shown_default
from .forms import Forms, without_defaults
from .markdown_text import render_markdown
from .openapi import openapi_document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .catalog import Route, ServiceInfo

# ``code``, `code`, and the roles of reST.
_CODE = re.compile(r"(?::[a-z][\w:+.-]*:)?(?P<ticks>``?)~?(?P<code>[^`]+)(?P=ticks)")


@dataclass(frozen=True, slots=True)
class Page:
    """A page and the headers that keep it to itself."""

    html: str
    headers: Mapping[str, str]


def render_page(
    service: ServiceInfo, routes: Sequence[Route], base: str, document_url: str | None
) -> Page:
    """Renders the page of a service.

    Whatever comes from the service's code is escaped. The page's headers forbid all scripts but
    its own, which tries the routes, and all requests but those to the service.

    :param service: the service.
    :param routes: its routes; those of the service itself are shown first, then each blueprint's.
    :param base: the path below which the service answers, without a trailing slash.
    :param document_url: where the OpenAPI document is, ``None`` where there is none.
    """
    templates = _templates()
    styles = templates.get_template("admin.css").render()
    script = templates.get_template("admin.js").render()
    is_told = all(route.is_told for route in routes)
    document = openapi_document(service, routes, base)
    by_blueprint = sorted(routes, key=_blueprint)
    html = templates.get_template("admin.html").render(
        service=service,
        documentation=render_markdown(service.documentation),
        groups=[(name, list(group)) for name, group in groupby(by_blueprint, _blueprint)],
        forms=Forms(document if is_told else without_defaults(document)),
        base=base,
        document_url=document_url,
        is_told=is_told,
        needs_token=any(not route.entry.no_auth for route in routes),
        styles=Markup(styles),  # noqa: S704  # the project's own file
        script=Markup(script),  # noqa: S704  # likewise
    )
    return Page(html, {"Content-Security-Policy": _policy(styles, script), **_HEADERS})


_HEADERS = {
    # It says more to who sends a token.
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def _policy(styles: str, script: str) -> str:
    """https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Security-Policy"""
    return (
        f"default-src 'none'; style-src '{_digest(styles)}'; script-src '{_digest(script)}'; "
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


@cache
def _templates() -> Environment:
    # Not the service's own environment, whose filters and settings are the service's.
    environment = Environment(
        autoescape=True,
        loader=PackageLoader("coworks_runtime.blueprint.admin"),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.globals["place"] = _place
    environment.filters["inline_code"] = _inline_code
    environment.filters["short_type"] = short_type
    environment.filters["shown_default"] = shown_default
    return environment


def _blueprint(route: Route) -> str:
    return route.entry.blueprint or ""


def _place(method: str, kind: str) -> str:
    """Where a parameter's value comes from."""
    if kind in {"path", "greedy"}:
        return "path"
    if kind in {"body", "query"}:
        return kind
    return {"GET": "query", "HEAD": "query", "OPTIONS": "query", "DELETE": "body or query"}.get(
        method, "body"
    )


def _inline_code(text: str) -> Markup:
    """Text of a docstring, its ``literals`` as code."""
    parts: list[str] = []
    position = 0
    for match in _CODE.finditer(text):
        parts.append(escape(text[position : match.start()]))
        parts.append(Markup("<code>{}</code>").format(match["code"]))
        position = match.end()
    parts.append(escape(text[position:]))
    return Markup("").join(parts)
