"""What AWS refuses of a prop's value. Pure.

Every function takes plain values and returns its problems, each a sentence that tells where, the
value got and what is allowed.

Limits: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html,
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MAX_NAME = 64
MAX_STAGE_NAME = 128
MAX_DESCRIPTION = 256
_FUNCTION_NAME = re.compile(r"[a-zA-Z0-9_-]+")
_STAGE_NAME = re.compile(r"[a-zA-Z0-9_-]+")
_MEDIA_TYPE = re.compile(r"[a-zA-Z0-9.+*_-]+(/|~1)[a-zA-Z0-9.+*_-]+")

MAX_BASE_PATH = 300
_BASE_PATH = re.compile(r"[a-zA-Z0-9$_.+!*'()-]+(/[a-zA-Z0-9$_.+!*'()-]+)*")


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


def media_type_problems(media_types: Iterable[str]) -> list[str]:
    """The binary media types of an API."""
    return [
        f"binary_media_types: got {media_type!r}; allowed: 'type/subtype', either may be '*'."
        for media_type in media_types
        if not _MEDIA_TYPE.fullmatch(media_type)
    ]


def base_path_problems(base_path: str) -> list[str]:
    """A service's path on a custom domain.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
    """
    if _BASE_PATH.fullmatch(base_path) and len(base_path) <= MAX_BASE_PATH:
        return []
    return [
        (
            f"base_path: got {base_path!r}; allowed: parts of a path with '/' between them, of "
            f"letters, digits and $-_.+!*'(), at most {MAX_BASE_PATH} characters."
        )
    ]
