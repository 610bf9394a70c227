"""What the modules of a package import of it, wherever they do: in functions and for types too."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


def modules(package: str) -> dict[str, Path]:
    """The modules of a package: dotted name → file."""
    found = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def statements(path: Path, name: str) -> Iterator[tuple[str, str | None]]:
    """The imports of a module: module and, with ``from``, the name that is taken."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")
            base = parents[: len(parents) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((module, alias.name) for alias in node.names)


def graph(package: str) -> dict[str, set[str]]:
    """Which modules of a package a module imports."""
    files = modules(package)
    edges: dict[str, set[str]] = {}
    for name, path in files.items():
        taken = {
            submodule if (submodule := f"{module}.{member}") in files else module
            for module, member in statements(path, name)
        }
        edges[name] = {module for module in taken & set(files) if module != name}
    return edges


def circle(edges: dict[str, set[str]]) -> list[str]:
    """Modules that import each other in a circle; none where there is no circle."""
    left = dict(edges)
    while leaves := {name for name, needs in left.items() if not needs & set(left)}:
        left = {name: needs for name, needs in left.items() if name not in leaves}
    while left and (tops := set(left) - set().union(*left.values())):
        left = {name: needs for name, needs in left.items() if name not in tops}
    return sorted(left)
