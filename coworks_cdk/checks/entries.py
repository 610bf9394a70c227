"""What API Gateway refuses of a service's entries, header and CORS rules. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from coworks_cdk.api.route_tree import RouteNode, is_greedy, is_variable, parts_of, route_tree
from coworks_cdk.service_description import Cors, Entry

MAX_API_RESOURCES = 300
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_PART = re.compile(r"[a-zA-Z0-9._:$-]+")
_HEADER = re.compile(r"[a-zA-Z0-9!#$%&*+.^_|~-]+")
_ORIGIN = re.compile(r"[a-zA-Z0-9.:/\[\]_*-]+")


def header_problems(header: str) -> list[str]:
    """The header that carries the token."""
    if _HEADER.fullmatch(header) and "_" not in header:
        return []
    allowed = "a header's name, without underscores (WSGI servers drop such headers)"
    return [f"authorization_header of the service: got {header!r}; allowed: {allowed}."]


def cors_problems(cors: Cors) -> list[str]:
    """What the gateway's preflights and responses can carry."""
    problems = [
        f"cors.{field} of the service: got {value!r}; allowed: {allowed}."
        for field, values, pattern, allowed in (
            ("allow_origins", cors.allow_origins, _ORIGIN, "'*' or origins as 'https://host:port'"),
            ("allow_headers", cors.allow_headers, _HEADER, "names of headers"),
            ("expose_headers", cors.expose_headers, _HEADER, "names of headers"),
        )
        for value in values
        if not pattern.fullmatch(value)
    ]
    if not cors.allow_origins:
        problems.append("cors.allow_origins of the service: got none; allowed: at least one.")
    return problems


def entry_problems(entries: Sequence[Entry], *, stage: str) -> list[str]:
    """API Gateway's rules of paths and methods."""
    if not entries:
        return [
            (
                f"entries: got none on the stage {stage!r}; allowed: at least one. Add an @entry "
                "to the service, or correct the `stage` of its entries."
            )
        ]
    problems = [problem for entry in entries for problem in _path_problems(entry)]
    tree = route_tree(entries)
    problems += [problem for node in tree.walk() for problem in _sibling_problems(node)]
    return problems


def resource_problems(entries: Sequence[Entry]) -> list[str]:
    """The resources of an API, a quota of the account that AWS raises where it is asked to.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
    """
    resources = sum(1 for _ in route_tree(entries).walk()) - 1
    if resources <= MAX_API_RESOURCES:
        return []
    return [
        (
            f"entries: got {resources} resources (one for each part of a path) in one API; "
            f"allowed: at most {MAX_API_RESOURCES}, unless the account's quota is raised. Divide "
            "the service."
        )
    ]


def _path_problems(entry: Entry) -> list[str]:
    problems = []
    if entry.method not in METHODS:
        problems.append(
            f"entry {entry}: got the method {entry.method!r}; allowed: {', '.join(METHODS)}."
        )
    parts = parts_of(entry.path)
    for index, part in enumerate(parts):
        name = part[1:-1].removesuffix("+") if is_variable(part) else part
        if not _PART.fullmatch(name):
            problems.append(
                f"entry {entry}: got the path part {part!r}; allowed: letters, digits and "
                "'.', '_', '-', ':', '$', or '{name}', or '{name+}'."
            )
        elif is_greedy(part) and index < len(parts) - 1:
            problems.append(
                f"entry {entry}: got {part!r} before {'/'.join(parts[index + 1 :])!r}; allowed: a "
                "greedy part at the end of the path."
            )
    return problems


def _sibling_problems(node: RouteNode) -> list[str]:
    variables = [child for child in node.children.values() if is_variable(child.part)]
    if len(variables) < 2:
        return []
    entries = [
        str(entry)
        for child in variables
        for below in child.walk()
        for entry in below.entries.values()
    ]
    return [
        (
            f"entries {', '.join(entries)}: got a greedy and a plain variable below {node.path!r}; "
            "allowed: one of them, API Gateway takes a single variable a level."
        )
    ]
