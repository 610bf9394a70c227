"""What API Gateway, Lambda and CloudFormation refuse, found before they are asked. Pure.

Every function takes plain values and returns its problems, each a sentence that tells where, the
value got and what is allowed. The construct gives them to the CDK, which reports the problems of
all the services of an app in one error.

Limits: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html,
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence

from coworks_cdk.api.route_tree import RouteNode, is_greedy, is_variable, parts_of, route_tree
from coworks_cdk.service_description import Cors, Entry

MAX_API_RESOURCES = 300
MAX_STACK_RESOURCES = 500
MAX_LAYERS = 5
MAX_ENVIRONMENT_BYTES = 4096
MAX_UNZIPPED_BYTES = 250 * 1024 * 1024
MAX_AUTHORIZER_TTL = 3600
MAX_NAME = 64
MAX_STAGE_NAME = 128
MAX_DESCRIPTION = 256
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

_PART = re.compile(r"[a-zA-Z0-9._:$-]+")
_FUNCTION_NAME = re.compile(r"[a-zA-Z0-9_-]+")
_STAGE_NAME = re.compile(r"[a-zA-Z0-9_-]+")
_HEADER = re.compile(r"[a-zA-Z0-9!#$%&*+.^_|~-]+")
_ORIGIN = re.compile(r"[a-zA-Z0-9.:/\[\]_*-]+")
_MEDIA_TYPE = re.compile(r"[a-zA-Z0-9.+*_-]+(/|~1)[a-zA-Z0-9.+*_-]+")
_VARIABLE_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]+")
_RUNTIME = re.compile(r"python3\.(1[1-9]|[2-9][0-9])")
_APP = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*(:[^\W\d]\w*)?")

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
_RESERVED_VARIABLES = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)


def app_problems(app: str) -> list[str]:
    """``module`` or ``module:attribute``."""
    if _APP.fullmatch(app):
        return []
    return [f"app: got {app!r}; allowed: 'module' or 'module:attribute', names of Python."]


def stage_problems(stage: str) -> list[str]:
    """API Gateway's stage names."""
    if _STAGE_NAME.fullmatch(stage) and len(stage) <= MAX_STAGE_NAME:
        return []
    return [
        (
            f"stage: got {stage!r}; allowed: letters, digits, '_' and '-', at most "
            f"{MAX_STAGE_NAME} characters."
        )
    ]


def function_name_problems(name: str | None) -> list[str]:
    """Lambda's function names."""
    if name is None or (_FUNCTION_NAME.fullmatch(name) and len(name) <= MAX_NAME):
        return []
    return [
        (
            f"function_name: got {name!r} ({len(name)} characters); allowed: letters, digits, '_' and "
            f"'-', at most {MAX_NAME} characters."
        )
    ]


def description_problems(description: str | None) -> list[str]:
    """Lambda's descriptions."""
    if description is None or len(description) <= MAX_DESCRIPTION:
        return []
    return [
        (f"description: got {len(description)} characters; allowed: at most {MAX_DESCRIPTION}.")
    ]


def number_problems(
    name: str,
    value: float | None,
    *,
    least: float,
    most: float = math.inf,
    unit: str = "",
) -> list[str]:
    """A number within its bounds; None is left to its default."""
    if value is None or least <= value <= most:
        return []
    allowed = f"at least {least:g}" if most == math.inf else f"{least:g} to {most:g}"
    return [f"{name}: got {value:g}{unit}; allowed: {allowed}{unit}."]


def folder_problems(project_dir: str, *, exists: bool) -> list[str]:
    """The service's folder."""
    if exists:
        return []
    return [
        (
            f"project_dir: got {project_dir!r}, which is no folder; allowed: the folder of the "
            "service's modules, a relative one starts at the working directory."
        )
    ]


def runtime_problems(runtime: str) -> list[str]:
    """The function's runtime, as Lambda names it."""
    if _RUNTIME.fullmatch(runtime):
        return []
    return [f"runtime: got {runtime!r}; allowed: Python 3.11 or later."]


def media_type_problems(media_types: Iterable[str]) -> list[str]:
    """The binary media types of an API."""
    return [
        f"binary_media_types: got {media_type!r}; allowed: 'type/subtype', either may be '*'."
        for media_type in media_types
        if not _MEDIA_TYPE.fullmatch(media_type)
    ]


def header_problems(header: str) -> list[str]:
    """The header that carries the token."""
    if _HEADER.fullmatch(header):
        return []
    return [f"authorization_header of the service: got {header!r}; allowed: a header's name."]


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


def layer_problems(count: int) -> list[str]:
    """The layers of a function, CoworksLayer and the requirements' included."""
    if count <= MAX_LAYERS:
        return []
    return [
        (
            f"layers: got {count} with CoworksLayer and the layer of the requirements; allowed: at "
            f"most {MAX_LAYERS}."
        )
    ]


def environment_problems(environment: Mapping[str, str]) -> list[str]:
    """The function's variables, names and size."""
    problems = []
    for name in sorted(environment):
        if name in _RESERVED_VARIABLES:
            problems.append(f"environment: got {name!r}, which Lambda sets itself; rename it.")
        elif not _VARIABLE_NAME.fullmatch(name):
            problems.append(
                f"environment: got the name {name!r}; allowed: a letter, then letters, digits and "
                "'_', at least two characters."
            )
    # Lambda measures the variables as one JSON text.
    size = len(json.dumps(dict(environment), separators=(",", ":"), ensure_ascii=False).encode())
    if size > MAX_ENVIRONMENT_BYTES:
        largest = sorted(environment, key=lambda name: (-len(environment[name]), name))[:3]
        problems.append(
            f"environment: got {size} bytes; allowed: at most {MAX_ENVIRONMENT_BYTES}. The "
            f"largest: {', '.join(largest)}."
        )
    return problems


def valid_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that a process can be started with."""
    return {key: value for key, value in environment.items() if _VARIABLE_NAME.fullmatch(key)}


def size_problems(sizes: Mapping[str, int]) -> list[str]:
    """The unzipped sizes, in bytes, of the function's code and of its layers."""
    total = sum(sizes.values())
    if total <= MAX_UNZIPPED_BYTES:
        return []
    parts = ", ".join(f"{name} {_megabytes(size)}" for name, size in sizes.items())
    return [
        (
            f"code and layers: got {_megabytes(total)} unzipped ({parts}); allowed: at most "
            f"{_megabytes(MAX_UNZIPPED_BYTES)}."
        )
    ]


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
    resources = sum(1 for _ in tree.walk()) - 1
    if resources > MAX_API_RESOURCES:
        problems.append(
            f"entries: got {resources} resources (one for each part of a path) in one API; "
            f"allowed: at most {MAX_API_RESOURCES}. Divide the service."
        )
    return problems


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


def stack_problems(count: int, largest: Mapping[str, int]) -> list[str]:
    """CloudFormation's resources of a stack.

    :param count: the resources of the whole stack.
    :param largest: the resources of each service, by construct path.
    """
    if count <= MAX_STACK_RESOURCES:
        return []
    services = ", ".join(f"{path} {number}" for path, number in largest.items())
    return [
        (
            f"stack: got {count} resources (services: {services}); allowed: at most "
            f"{MAX_STACK_RESOURCES}. Move services to other stacks."
        )
    ]


def _megabytes(size: int) -> str:
    return f"{size / (1024 * 1024):.1f} MB"
