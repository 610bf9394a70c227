"""Whether all values of one JSON schema are values of another. Pure.

It knows the keywords that OpenAPI documents of typed services have; a keyword that it doesn't know
is the same or is told as changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
Problem = tuple[str, str]
"""Where in the value, empty for the value itself; and what is wrong there."""

_SCALARS = {"string", "integer", "number", "boolean"}
_ALL_TYPES = (*sorted(_SCALARS), "array", "null", "object")
_IGNORED = frozenset(
    {
        *("title", "description", "default", "example", "examples", "deprecated", "readOnly"),
        *("writeOnly", "$comment", "externalDocs", "discriminator", "xml"),
    }
)
_KNOWN = frozenset(
    {
        *("type", "enum", "const", "anyOf", "oneOf", "$ref", "properties", "required"),
        *("additionalProperties", "items", "prefixItems", "uniqueItems"),
    }
)
_AT_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_AT_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


class Side:
    """A document, which resolves its own references."""

    def __init__(self, document: Json) -> None:
        self.document = document

    def resolve(self, value: Json) -> Json:
        """What a reference stands for, or the value itself."""
        while "$ref" in value:
            siblings = {name: part for name, part in value.items() if name != "$ref"}
            found: Any = self.document
            for part in value["$ref"].removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            value = {**found, **siblings}
        return value

    def alternatives(self, schema: Json) -> list[Json]:
        """The schemas of which a value has to fit one, none of them a union."""
        schema = self.resolve(schema)
        for word in ("anyOf", "oneOf"):
            if word in schema:
                rest = {name: part for name, part in schema.items() if name != word}
                members = [{**rest, **self.resolve(member)} for member in schema[word]]
                return [one for member in members for one in self.alternatives(member)]
        if isinstance(schema.get("type"), list):
            return [{**schema, "type": one} for one in schema["type"]]
        return [schema]


class _Comparison:
    """Whether what is sent, of one document, fits what is taken, of the other."""

    def __init__(self, sent: Side, taken: Side, *, is_text: bool = False) -> None:
        self._sent, self._taken = sent, taken
        self._is_text = is_text
        self._under_way: set[tuple[str, str]] = set()

    def fits(self, sent: Json, taken: Json, place: str = "") -> Iterator[Problem]:
        """The reasons why a value of ``sent`` may be none of ``taken``."""
        pair = (repr(sent), repr(taken))
        if pair in self._under_way:  # a schema that refers to itself
            return
        self._under_way.add(pair)
        options = self._taken.alternatives(taken)
        for one in self._sent.alternatives(sent):
            tried = [list(self._one_fits(one, option, place)) for option in options]
            if not all(tried):
                continue
            alike = [problems for problems, o in zip(tried, options, strict=True) if _alike(one, o)]
            yield from min(alike, key=len) if alike else [(place, self._mismatch(one, options))]
        self._under_way.discard(pair)

    def _mismatch(self, one: Json, options: list[Json]) -> str:
        """The sentence for a value of a kind that isn't taken."""
        raise NotImplementedError

    def _one_fits(self, sent: Json, taken: Json, place: str) -> Iterator[Problem]:
        if "type" not in sent and "enum" not in sent and "const" not in sent:
            if "type" in taken or "enum" in taken or "const" in taken:
                yield place, self._mismatch(sent, [taken])
            return
        choices = _choices(taken)
        if choices is not None:
            yield from self._choices_fit(sent, choices, place)
            return
        if self._is_text and taken.get("type") == "array" and sent.get("type") != "array":
            items = taken.get("items")  # one of several is sent
            yield from self.fits(sent, items if isinstance(items, dict) else {}, place)
            return
        if not self._type_fits(sent, taken):
            yield place, self._mismatch(sent, [taken])
            return
        if _choices(sent) is None:  # members of an enumeration are checked by their type alone
            yield from self._constraints_fit(sent, taken, place)
        if taken.get("type") == "object":
            yield from self._object_fits(sent, taken, place)
        if taken.get("type") == "array":
            yield from self._array_fits(sent, taken, place)

    def _choices_fit(self, sent: Json, choices: list[Any], place: str) -> Iterator[Problem]:
        given = _choices(sent)
        if given is None:
            yield place, self._mismatch(sent, [{"enum": choices}])
            return
        for value in given:
            if not any(value == choice and type(value) is type(choice) for choice in choices):
                yield place, self._no_choice(value)

    def _no_choice(self, value: Any) -> str:
        raise NotImplementedError

    def _type_fits(self, sent: Json, taken: Json) -> bool:
        if "type" not in taken:
            return True
        choices = _choices(sent)
        types = [_type_of(choice) for choice in choices] if choices else [str(sent.get("type"))]
        return all(self._is_a(one, taken) for one in types)

    def _is_a(self, one: str, taken: Json) -> bool:
        if one == taken["type"] or (one == "integer" and taken["type"] == "number"):
            return True
        # All that a query or a path holds is text.
        is_any_text = taken["type"] == "string" and not taken.keys() - _IGNORED - {"type"}
        return self._is_text and is_any_text and one in _SCALARS

    def _constraints_fit(self, sent: Json, taken: Json, place: str) -> Iterator[Problem]:
        for name in sorted(taken.keys() - _KNOWN - _IGNORED):
            given, limit = sent.get(name), taken[name]
            if name in _AT_LEAST:
                is_right = given is not None and given >= limit
            elif name in _AT_MOST:
                is_right = given is not None and given <= limit
            else:
                is_right = given == limit
            if not is_right:
                yield place, self._limit(name, given, limit)
        if taken.get("uniqueItems") and not sent.get("uniqueItems"):
            yield place, self._limit("uniqueItems", None, True)

    def _limit(self, name: str, given: Any, limit: Any) -> str:
        raise NotImplementedError

    def _object_fits(self, sent: Json, taken: Json, place: str) -> Iterator[Problem]:
        raise NotImplementedError

    def _array_fits(self, sent: Json, taken: Json, place: str) -> Iterator[Problem]:
        given, known = sent.get("prefixItems"), taken.get("prefixItems")
        if given is not None and known is not None:
            for position, (one, other) in enumerate(zip(given, known, strict=False)):
                yield from self.fits(one, other, f"{place}[{position}]")
            return
        members = given or [sent.get("items", {})]
        targets = known or [taken.get("items", {})]
        for one in members if isinstance(members, list) else []:
            for other in targets:
                yield from self.fits(
                    one if isinstance(one, dict) else {},
                    other if isinstance(other, dict) else {},
                    f"{place}[]",
                )

    def _others(self, schema: Json) -> Json | None:
        """The schema of the names that an object's schema doesn't list, None where it refuses."""
        others = schema.get("additionalProperties", True)
        if isinstance(others, dict):
            return others
        return {} if others else None


class Requests(_Comparison):
    """What clients may send, by the old document, and what the new one takes.

    :param is_text: whether the values are texts, of a path or a query.
    """

    def __init__(self, old: Side, new: Side, *, is_text: bool = False) -> None:
        super().__init__(old, new, is_text=is_text)

    def problems(self, old: Json, new: Json) -> Iterator[Problem]:
        """What a client may have sent that isn't taken any more."""
        yield from dict.fromkeys(self.fits(old, new))

    def _mismatch(self, one: Json, options: list[Json]) -> str:
        return f"{_shown(one)} is refused now, {_several(options)} is taken"

    def _no_choice(self, value: Any) -> str:
        return f"{value!r} is refused now"

    def _limit(self, name: str, given: Any, limit: Any) -> str:
        return f"{name} is {limit!r} now, was {'without one' if given is None else repr(given)}"

    def _object_fits(self, sent: Json, taken: Json, place: str) -> Iterator[Problem]:
        known, others = taken.get("properties", {}), self._others(taken)
        for name, schema in sent.get("properties", {}).items():
            if name in known:
                yield from self.fits(schema, known[name], _below(place, name))
            elif others:
                yield from self.fits(schema, others, _below(place, name))
            elif others is None or "additionalProperties" not in taken:
                yield _below(place, name), "the field is gone"
        for name in taken.get("required", ()):
            if name not in sent.get("required", ()):
                is_new = name not in sent.get("properties", {})
                yield _below(place, name), "is new and required" if is_new else "is required now"
        given_others = sent.get("additionalProperties")
        if given_others and others is None:
            yield place, "other names are refused now"
        elif isinstance(given_others, dict) and others:
            yield from self.fits(given_others, others, _below(place, "*"))


class Answers(_Comparison):
    """What the new document promises, and what clients of the old one read."""

    def __init__(self, old: Side, new: Side) -> None:
        super().__init__(new, old)

    def problems(self, old: Json, new: Json) -> Iterator[Problem]:
        """What a client doesn't expect, or misses."""
        yield from dict.fromkeys(self.fits(new, old))

    def _mismatch(self, one: Json, options: list[Json]) -> str:
        return f"may be {_shown(one)} now, {_several(options)} was promised"

    def _no_choice(self, value: Any) -> str:
        return f"may be {value!r} now"

    def _limit(self, name: str, given: Any, limit: Any) -> str:
        return f"{name} is {'gone' if given is None else repr(given)}, was {limit!r}"

    def _object_fits(self, sent: Json, taken: Json, place: str) -> Iterator[Problem]:
        given, others = sent.get("properties", {}), self._others(sent)
        for name, schema in taken.get("properties", {}).items():
            if name not in given:
                yield _below(place, name), "the field is gone"
                continue
            yield from self.fits(given[name], schema, _below(place, name))
            is_left_out = name in taken.get("required", ()) and name not in sent.get("required", ())
            if is_left_out and "default" not in given[name]:
                yield _below(place, name), "may be missing now"
        promised = taken.get("additionalProperties")
        if isinstance(promised, dict) and others is not None:
            yield from self.fits(others, promised, _below(place, "*"))


def _choices(schema: Json) -> list[Any] | None:
    """The only values that fit; None where a schema lists none."""
    if "const" in schema:
        return [schema["const"]]
    values: list[Any] | None = schema.get("enum")
    return values


def _type_of(value: Any) -> str:
    names = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array"}
    return "null" if value is None else names.get(type(value), "object")


def _alike(one: Json, other: Json) -> bool:
    """Whether two alternatives are of one kind, so that their differences are worth telling."""

    def kinds(schema: Json) -> set[Any]:
        return {_type_of(choice) for choice in _choices(schema) or ()} or {schema.get("type")}

    return bool(kinds(one) & kinds(other)) and not (
        _choices(other) is not None and _choices(one) is None
    )


def _shown(schema: Json) -> str:
    choices = _choices(schema)
    if choices is not None:
        return " or ".join(repr(choice) for choice in choices)
    kind = schema.get("type", "any value")
    return f"{kind} ({schema['format']})" if "format" in schema else str(kind)


def _several(options: list[Json]) -> str:
    return " or ".join(dict.fromkeys(_shown(option) for option in options))


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
