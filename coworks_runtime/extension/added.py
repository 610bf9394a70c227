"""What is added to the line of one request, and what one line can't tell. Pure."""

from __future__ import annotations

from json import dumps

from coworks_runtime.errors import MetricsError

from .emf import MAX_DIMENSIONS, MAX_LINE, MAX_METRICS, MAX_VALUES

_BESIDE = 16 * 1024
"""More characters than the rest of a line has: names of up to 1024 characters, the counts."""
_DIRECTIVE = 512
"""More characters than a directive has but for its metrics and further dimensions: the namespace
is of 255 at most."""


class Added:
    """The values that are added to one line, with their units and dimensions.

    :param taken: names that the line has for itself.
    :param own: how many dimensions of its own it has.
    """

    def __init__(self, taken: frozenset[str], own: int) -> None:
        self._taken = taken
        self._own = own
        self._kinds: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._size = _BESIDE
        self.dimensions: dict[str, str] = {}
        self.values: dict[str, list[float]] = {}
        self.is_closed = False
        """Whether the line is made of it, so that nothing more gets there."""

    def add(self, name: str, value: float, unit: str, dimension: dict[str, str]) -> None:
        """Add a value, or refuse what one line can't tell.

        :raises MetricsError: saying what is allowed.
        """
        names = tuple(sorted(dimension))
        self._check_names(name, names, dimension)
        unit_before, names_before = self._kinds.get(name, (unit, names))
        if (unit_before, names_before) != (unit, names):
            raise MetricsError(
                f"the metric {name!r} was added in this request with the unit {unit_before!r} and "
                f"the dimensions {', '.join(names_before) or 'of the service'}: all its values "
                "have the same"
            )
        if name not in self.values and len(self.values) == MAX_METRICS:
            raise MetricsError(
                f"the metric {name!r} is one more than the {MAX_METRICS} that a line may have"
            )
        values = self.values.get(name, [])
        if len(values) == MAX_VALUES:
            raise MetricsError(
                f"the metric {name!r} has {MAX_VALUES} values in this request, which is the most"
            )
        size = self._size + self._growth(name, value, unit, dimension)
        if size > MAX_LINE:
            raise MetricsError(
                f"with the metric {name!r} the request's line would be of more than {MAX_LINE} "
                "bytes, which Lambda cuts: add less of it, or shorter names"
            )
        self._size = size
        self._kinds[name] = unit, names
        self.dimensions |= dimension
        self.values[name] = [*values, value]

    def sets(self) -> list[tuple[tuple[str, ...], dict[str, str]]]:
        """The metrics' units, by the names of their dimensions."""
        found: dict[tuple[str, ...], dict[str, str]] = {}
        for name, (unit, names) in self._kinds.items():
            found.setdefault(names, {})[name] = unit
        return list(found.items())

    def _check_names(self, name: str, names: tuple[str, ...], dimension: dict[str, str]) -> None:
        for one in (name, *names):
            if one in self._taken:
                raise MetricsError(f"{one!r} is a name of the line's own: choose another one")
        if len(names) + self._own > MAX_DIMENSIONS:
            raise MetricsError(
                f"the metric {name!r} has {len(names) + self._own} dimensions with service and "
                f"stage: CloudWatch takes {MAX_DIMENSIONS} at most"
            )
        both = {n for n in names if n in self.values or n == name} | ({name} & {*self.dimensions})
        if both:
            raise MetricsError(f"{both.pop()!r} can't be a metric and a dimension in one request")
        for key, text in dimension.items():
            if self.dimensions.get(key, text) != text:
                raise MetricsError(
                    f"the dimension {key!r} has another value in this request already: a line has "
                    "one value for each"
                )

    def _growth(self, name: str, value: float, unit: str, dimension: dict[str, str]) -> int:
        """How many more characters a line may have with a value, at most."""
        grows = len(dumps(value)) + 2
        if name not in self.values:
            # Its definition, its member, and the directive that its dimensions may be the first of.
            grows += len(dumps({"Name": name, "Unit": unit})) + len(dumps({name: []}))
            grows += len(dumps(dimension)) + len(dumps([*dimension])) + _DIRECTIVE
        return grows
