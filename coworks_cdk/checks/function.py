"""What Lambda refuses of a function as a whole: its variables, its layers, its size. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

MAX_LAYERS = 5
MAX_ENVIRONMENT_BYTES = 4096
MAX_UNZIPPED_BYTES = 250 * 1024 * 1024
_VARIABLE_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]+")

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
        elif not _is_text(environment[name]):
            problems.append(
                f"environment: got a value for {name!r} that no process can have; allowed: text "
                "without NUL characters and halves of surrogate pairs."
            )
    # Lambda measures the variables as one JSON text.
    text = json.dumps(dict(environment), separators=(",", ":"), ensure_ascii=False)
    size = len(text.encode(errors="replace"))
    if size > MAX_ENVIRONMENT_BYTES:
        largest = sorted(environment, key=lambda name: (-len(environment[name]), name))[:3]
        problems.append(
            f"environment: got {size} bytes; allowed: at most {MAX_ENVIRONMENT_BYTES}. The "
            f"largest: {', '.join(largest)}."
        )
    return problems


def valid_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that a process can be started with."""
    return {
        key: value
        for key, value in environment.items()
        if _VARIABLE_NAME.fullmatch(key) and _is_text(value)
    }


def _is_text(value: str) -> bool:
    return "\0" not in value and value.encode(errors="ignore") == value.encode(errors="replace")


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


def _megabytes(size: int) -> str:
    return f"{size / (1024 * 1024):.1f} MB"
