"""What modules import, read from their sources (pure)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping


def imported(modules: Iterable[tuple[str, bytes]], wanted: Iterable[str]) -> Mapping[str, str]:
    """Which of the *wanted* modules some of the others import.

    An import that only a type checker follows doesn't count. A module that can't be parsed imports
    nothing.

    :param modules: the importing modules: the path of each below ``sys.path``, and its source.
    :param wanted: paths below ``sys.path`` of modules or of packages' folders.
    :returns: of each that is imported, the path of the first module that imports it.
    """
    dotted = {path.removesuffix(".py").replace("/", "."): path for path in wanted}
    last_names = {name.rpartition(".")[2].encode() for name in dotted}
    found: dict[str, str] = {}
    if not dotted:
        return found
    for path, source in modules:
        # Parsing is what takes the time.
        if not path.endswith(".py") or not any(name in source for name in last_names):
            continue
        for name in _imports(path, source):
            for prefix in _prefixes(name):
                if prefix in dotted:
                    found.setdefault(dotted[prefix], path)
    return found


def _imports(path: str, source: bytes) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    # __init__.py and its siblings have one package.
    package = path.split("/")[:-1]
    for node in _executed(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            base = [*above, *([node.module] if node.module else [])]
            yield from (".".join([*base, alias.name]) for alias in node.names)


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and _is_type_checking(child.test):
            for other in child.orelse:
                yield other
                yield from _executed(other)
        else:
            yield child
            yield from _executed(child)


def _is_type_checking(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


def _prefixes(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[: n + 1]) for n in range(len(parts)))
