"""Where a service begins in the path of a request.

API Gateway puts the stage, or a custom domain's base path, before the path that its routes match.
How long that prefix is follows from the route alone: whatever host name was called.
"""

from typing import Any
from urllib.parse import unquote


def split_by_route(path: str, route: str, parameters: dict[str, Any]) -> tuple[str, str] | None:
    """Split a path in what goes before the service and the service's own path.

    :param path: The whole path, percent-encoded as sent.
    :param route: The route that it matched, as ``/content/{value}`` or ``/file/{path+}``.
    :param parameters: The path parameters; the value of a greedy one tells its segments.
    :return: Script name (no slash at its end) and path (a slash at its start); None where the
        route doesn't tell.
    """
    if not route.startswith("/"):
        return None
    bare = path.rstrip("/")
    if route == "/":
        return bare, "/"
    count = route.count("/")
    if route.endswith("+}"):
        greedy = _greedy_segments(bare, parameters.get(route[route.rfind("{") + 1 : -2]))
        if greedy is None:
            return None
        count += greedy - 1
    start = len(bare)
    for _ in range(count):
        start = bare.rfind("/", 0, start)
        if start < 0:
            return None
    return path[:start].rstrip("/"), path[start:]


def _greedy_segments(path: str, value: object) -> int | None:
    """Count the segments of a greedy parameter; None where the path doesn't end with it."""
    if not isinstance(value, str):
        return None
    # The sample event of Lambda's console has a slash before the value.
    for candidate in (value.rstrip("/"), value.strip("/")):
        count = candidate.count("/") + 1
        if path.endswith(f"/{candidate}"):
            return count
        # Format 2.0 gives the value decoded.
        tail = path.rsplit("/", count)
        if len(tail) == count + 1 and unquote("/".join(tail[1:])) == unquote(candidate):
            return count
    return None


def split_by_prefix(path: str, prefix: str) -> tuple[str, str]:
    """Split a path after a prefix of whole segments; nothing goes before where it isn't there."""
    if path == prefix:
        return prefix, "/"
    if path.startswith(f"{prefix}/"):
        return prefix, path[len(prefix) :]
    return "", path
