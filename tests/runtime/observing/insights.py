"""A small part of the language of CloudWatch Logs Insights, strict in what it takes.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

import math
import operator
import re

_NAME = r"@?[A-Za-z_]\w*"
_COMPARISON = re.compile(rf'({_NAME}) *(=|!=|>=|<=|>|<) *("[^"]*"|-?\d+(?:\.\d+)?)')
_PRESENT = re.compile(rf"ispresent\(({_NAME})\)")
_ONE_OF = re.compile(rf'({_NAME}) in (\["[^"]*"(?:, "[^"]*")*\])')
_STAT = re.compile(rf"(count|pct|avg|max|min|sum)\((\*|{_NAME})(?:, *(\d+))?\) as ({_NAME})")
_OPERATORS = {
    "=": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


def run(query, records):
    """The rows that a query gives for records, each a dict; their order is their time."""
    rows = [{**record, "@timestamp": number} for number, record in enumerate(records)]
    for command in (part.strip() for part in query.strip().split("\n|")):
        name, _, rest = command.partition(" ")
        rows = COMMANDS[name](rows, rest)
    return rows


def fields(rows, rest):
    names = _names(rest)
    return [{**row, "@shown": names} for row in rows]


def filter_(rows, rest):
    assert not (" and " in rest and " or " in rest), rest
    joined = any if " or " in rest else all
    tests = [_condition(part.strip()) for part in re.split(" and | or ", rest)]
    return [row for row in rows if joined(test(row) for test in tests)]


def stats(rows, rest):
    told, _, by = rest.partition(" by ")
    wanted = [_STAT.fullmatch(part.strip()) for part in re.split(r",(?![^(]*\))", told)]
    assert all(wanted), told
    groups = {}
    for row in rows:
        groups.setdefault(tuple(row.get(name) for name in _names(by)), []).append(row)
    return [
        dict(zip(_names(by), key, strict=True))
        | {stat[4]: _statistic(stat[1], stat[2], stat[3], group) for stat in wanted}
        for key, group in groups.items()
    ]


def sort(rows, rest):
    name, order = re.fullmatch(rf"({_NAME}) (asc|desc)", rest).groups()
    return sorted(rows, key=lambda row: row[name], reverse=order == "desc")


def limit(rows, rest):
    return rows[: int(rest)]


COMMANDS = {"fields": fields, "filter": filter_, "stats": stats, "sort": sort, "limit": limit}


def _names(text):
    names = [name.strip() for name in text.split(",")]
    assert all(re.fullmatch(_NAME, name) for name in names), text
    return names


def _condition(text):
    if present := _PRESENT.fullmatch(text):
        return lambda row: row.get(present[1]) is not None
    if one_of := _ONE_OF.fullmatch(text):
        values = re.findall('"([^"]*)"', one_of[2])
        return lambda row: row.get(one_of[1]) in values
    compared = _COMPARISON.fullmatch(text)
    assert compared, text
    name, sign, written = compared.groups()
    value = written.strip('"') if written.startswith('"') else float(written)

    def test(row):
        # Booleans of JSON are 1 and 0 there.
        return name in row and _OPERATORS[sign](row[name], value)

    return test


def _statistic(function, name, percent, rows):
    if function == "count":
        return len(rows)
    values = sorted(row[name] for row in rows if row.get(name) is not None)
    if function == "pct":
        return values[max(0, math.ceil(len(values) * int(percent) / 100) - 1)]
    return {
        "avg": lambda: sum(values) / len(values),
        "max": lambda: values[-1],
        "min": lambda: values[0],
        "sum": lambda: sum(values),
    }[function]()
