"""What of a change between two OpenAPI documents breaks a client. Pure.

A client sends what the old document allows, and reads what it promises. So a request that the old
one allows must be taken by the new one, and an answer that the new one promises must be one that
the old one promised, fields that were added aside. Names of components and of path variables are
nobody's business but the document's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .schemas import Answers, Json, Requests, Side

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_ANY = "default"
_VARIABLE = re.compile(r"\{([^{}+]*)(\+?)\}")


def breaking_changes(old: Json, new: Json) -> list[str]:
    """What breaks a client of the old document, a sentence each; empty where nothing does.

    :param old: the OpenAPI 3.1 document that clients were written by.
    :param new: the one that takes its place.
    """
    known = {(method, _key(path)): (path, item) for method, path, item in _operations(new)}
    problems: list[str] = []
    for method, path, operation in _operations(old):
        route = f"{method.upper()} {path}"
        key = _key(path)
        found = known.get((method, key)) or known.get((method, _greedy(key)))
        if found is None:
            problems.append(f"{route}: the route is gone")
        else:
            change = _OperationChange(old, new, operation, found[1])
            problems += [f"{route}: {problem}" for problem in change.problems(path, found[0])]
    return problems


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in document.get("paths", {}).items():
        for method in _METHODS:
            if method in item:
                yield method, path, item[method]


def _key(path: str) -> str:
    """The path with its variables' names left out."""
    return _VARIABLE.sub(r"{\2}", path)


def _greedy(key: str) -> str:
    """The greedy path that takes what this one takes, where its end is a variable."""
    return key.removesuffix("{}") + "{+}" if key.endswith("{}") else key


class _OperationChange:
    """One route, as it was and as it is."""

    def __init__(self, old: Json, new: Json, was: Json, now: Json) -> None:
        self._old, self._new = Side(old), Side(new)
        self._was, self._now = was, now

    def problems(self, old_path: str, new_path: str) -> Iterator[str]:
        yield from self._authorization()
        yield from self._path_parameters(old_path, new_path)
        yield from self._parameters()
        yield from self._body()
        yield from self._answers()

    def _authorization(self) -> Iterator[str]:
        was = _schemes(self._was, self._old)
        now = _schemes(self._now, self._new)
        if now and not was:
            yield "asks for authorization now"
        elif was and now and not any(scheme in now for scheme in was):
            yield f"is authorized by {_named(now)} now, not by {_named(was)}"

    def _path_parameters(self, old_path: str, new_path: str) -> Iterator[str]:
        names = zip(_VARIABLE.findall(old_path), _VARIABLE.findall(new_path), strict=True)
        was, now = self._by_place("path")
        for (old_name, plus), (new_name, new_plus) in names:
            before, after = was.get(old_name + plus), now.get(new_name + new_plus)
            if before and after:
                yield from self._narrowed(f"path variable {old_name!r}", before, after)

    def _parameters(self) -> Iterator[str]:
        for place in ("query", "header", "cookie"):
            was, now = self._by_place(place)
            takes_any = any(_takes_any(parameter) for parameter in now.values())
            for name, before in was.items():
                what = f"{place} parameter {name!r}"
                if _takes_any(before):
                    if not takes_any:
                        yield f"takes no {place} parameters of other names any more"
                elif name not in now:
                    if not takes_any:
                        yield f"{what} is gone"
                else:
                    if now[name].get("required") and not before.get("required"):
                        yield f"{what} is required now"
                    yield from self._narrowed(what, before, now[name])
            for name in now.keys() - was.keys():
                if now[name].get("required"):
                    yield f"{place} parameter {name!r} is new and required"

    def _by_place(self, place: str) -> tuple[dict[str, Json], dict[str, Json]]:
        def parameters(side: Side, operation: Json) -> dict[str, Json]:
            listed = [side.resolve(parameter) for parameter in operation.get("parameters", ())]
            return {p["name"]: p for p in listed if p.get("in") == place}

        return parameters(self._old, self._was), parameters(self._new, self._now)

    def _narrowed(self, what: str, before: Json, after: Json) -> Iterator[str]:
        was, is_json = _parameter_schema(before)
        now, is_json_now = _parameter_schema(after)
        if is_json is not is_json_now:
            yield f"{what}: is {'JSON in a text' if is_json_now else 'no JSON in a text'} now"
            return
        requests = Requests(self._old, self._new, is_text=not is_json)
        for place, problem in requests.problems(was, now):
            yield f"{what}{place and f', {place}'}: {problem}"

    def _body(self) -> Iterator[str]:
        was = self._old.resolve(self._was.get("requestBody", {}))
        now = self._new.resolve(self._now.get("requestBody", {}))
        if not was:
            if now.get("required"):
                yield "asks for a body now"
            return
        if not now:
            yield "takes no body any more"
            return
        if now.get("required") and not was.get("required"):
            yield "the body is required now"
        told: set[str] = set()
        for media_type, content in was.get("content", {}).items():
            taken = now.get("content", {}).get(media_type)
            if taken is None:
                yield f"takes no {media_type} any more"
                continue
            requests = Requests(self._old, self._new)
            for place, problem in requests.problems(_schema(content), _schema(taken)):
                text = f"body{place and f', {place}'}: {problem}"
                if text not in told:
                    told.add(text)
                    yield text

    def _answers(self) -> Iterator[str]:
        was, now = (
            {status: side.resolve(answer) for status, answer in operation["responses"].items()}
            for side, operation in ((self._old, self._was), (self._new, self._now))
        )
        gone = sorted(status for status in was if _is_success(status) and status not in now)
        gone = [status for status in gone if status != _ANY]  # none is sent that wasn't
        come = sorted(status for status in now if _is_success(status) and status not in was)
        if gone or come:
            yield f"answers {_statuses(now)} now, not {_statuses(was)}"
        for status in sorted(was.keys() & now.keys()):
            if _is_success(status):
                yield from self._answer(f"answer {status}", was[status], now[status])

    def _answer(self, what: str, was: Json, now: Json) -> Iterator[str]:
        before, after = was.get("content", {}), now.get("content", {})
        if not before:
            return  # nothing was promised
        if not after:
            yield f"{what}: {', '.join(before)} is gone"
            return
        for media_type in after.keys() - before.keys():
            yield f"{what}: {media_type} is new, {', '.join(before)} was promised"
        for media_type in before.keys() & after.keys():
            answers = Answers(self._old, self._new)
            changes = answers.problems(_schema(before[media_type]), _schema(after[media_type]))
            for place, problem in changes:
                yield f"{what}{place and f', {place}'}: {problem}"


def _schemes(operation: Json, side: Side) -> list[Json]:
    """The security schemes that a route takes, as they are and not as they are called."""
    everywhere: list[Json] = side.document.get("security", [])
    required: list[Json] = operation.get("security", everywhere)
    if {} in required:
        return []
    known = side.document.get("components", {}).get("securitySchemes", {})
    schemes = [known.get(name, {"type": name}) for names in required for name in names]
    return [{k: v for k, v in scheme.items() if k != "description"} for scheme in schemes]


def _named(schemes: list[Json]) -> str:
    return " or ".join(f"{s.get('name', s.get('scheme', ''))} ({s.get('type')})" for s in schemes)


def _parameter_schema(parameter: Json) -> tuple[Json, bool]:
    """The schema of a parameter, and whether its value is JSON text."""
    for content in parameter.get("content", {}).values():
        return _schema(content), True
    return _schema(parameter), False


def _schema(holder: Json) -> Json:
    schema: Json = holder.get("schema", {})
    return schema


def _takes_any(parameter: Json) -> bool:
    schema = _schema(parameter)
    return schema.get("type") == "object" and bool(schema.get("additionalProperties"))


def _is_success(status: str) -> bool:
    return status == _ANY or status.startswith(("2", "3"))


def _statuses(answers: Mapping[str, Any]) -> str:
    known = sorted(status for status in answers if _is_success(status))
    return " or ".join("any status" if s == _ANY else s for s in known) or "nothing"
