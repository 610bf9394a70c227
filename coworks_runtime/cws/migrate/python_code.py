"""Python code of CoWorks → with the imports renamed, and what else has to change. Pure."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from . import counterparts
from .plan import Finding

ROOT = "coworks"
NEW_ROOT = "coworks_runtime"
#: The class attribute that names the header of the token.
HEADER = "authorization_header"
_DOTTED = re.compile(rf"{ROOT}(\.\w+)+")
_BEGUN = re.compile(rf"{ROOT}\.(\w+\.)*")
_SERVICE = re.compile(r"\w*(MicroService|Microservice|Blueprint)")

_Edit = tuple[int, int, bytes, bytes]


def migrate_code(text: str, file: Path) -> tuple[str, list[Finding]]:
    """Rename the imports of a module, and find what has no counterpart.

    :param text: the module.
    :param file: its path, for the findings.
    """
    if ROOT not in text:
        return text, []
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        return text, [Finding(file, error.lineno or 0, f"not Python of this version: {error.msg}")]
    visitor = _Visitor(file, text.encode().splitlines())
    visitor.visit(tree)
    if visitor.binds_root:
        visitor.rename_uses(tree)
    return _edited(text, visitor.edits), sorted(visitor.findings)


def _edited(text: str, edits: list[_Edit]) -> str:
    """The text with its edits made, the last first so that the others' places stay."""
    lines = text.encode().splitlines(keepends=True)
    for line, column, old, new in sorted(set(edits), reverse=True):
        content = lines[line - 1]
        start = content.find(old, column)
        if start >= 0:
            lines[line - 1] = content[:start] + new + content[start + len(old) :]
    return b"".join(lines).decode()


class _Visitor(ast.NodeVisitor):
    """Gathers the edits and the findings of a module."""

    def __init__(self, file: Path, lines: list[bytes]) -> None:
        self.edits: list[_Edit] = []
        self.findings: list[Finding] = []
        self.binds_root = False
        self._file = file
        self._lines = lines
        self._entry_depth = 0

    def rename_uses(self, tree: ast.AST) -> None:
        """Rename the uses of ``coworks``, which ``import coworks`` defines."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id == ROOT:
                self._edit(node, ROOT, NEW_ROOT)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.name.partition(".")[0] != ROOT:
                continue
            new = counterparts.replacement(alias.name)
            if new is None:
                self._gone(alias, alias.name)
                continue
            self._edit(alias, alias.name, new)
            self.binds_root = self.binds_root or alias.asname is None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if node.level or module.partition(".")[0] != ROOT:
            return
        new = counterparts.replacement(module)
        if new is None:
            self._gone(node, module)
            return
        self._edit(node, module, new)
        names = counterparts.MODULES[module][1]
        for alias in node.names:
            if names is not None and alias.name not in {*names, "*"}:
                self._gone(alias, f"{module}.{alias.name}")

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if not isinstance(value, str):
            return
        if value in counterparts.VARIABLES:
            self._find(node, f"{value} isn't set: {counterparts.VARIABLES[value]}")
        if _BEGUN.fullmatch(value):
            self._edit(node, ROOT, NEW_ROOT)
            self._find(
                node, f"a name begins with {value!r} and ends as the program runs: look at it"
            )
        if _DOTTED.fullmatch(value):
            for known in sorted(counterparts.MODULES, key=len, reverse=True):
                if value == known or (known != ROOT and value.startswith(f"{known}.")):
                    self._edit(node, known, counterparts.MODULES[known][0])
                    return

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if any(_SERVICE.fullmatch(_last_name(base)) for base in node.bases):
            for method in node.body:
                text = counterparts.METHODS.get(getattr(method, "name", ""))
                if text:
                    name = getattr(method, "name", "")
                    self._find(method, f"{node.name}.{name} is never called: {text}")
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._visit_function(node)

    def _visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        is_entry = any(_last_name(decorator) == "entry" for decorator in node.decorator_list)
        self._entry_depth += is_entry
        self.generic_visit(node)
        self._entry_depth -= is_entry

    def visit_Return(self, node: ast.Return) -> None:
        value = (
            node.value.elts[0]
            if isinstance(node.value, ast.Tuple) and node.value.elts
            else node.value
        )
        if self._entry_depth and isinstance(value, ast.Call) and _last_name(value) == "dumps":
            self._find(
                node,
                "text is answered as text/plain: return the object itself, or add its "
                'Content-Type: (text, 200, {"Content-Type": "application/json"})',
            )
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = _last_name(node)
        if _SERVICE.fullmatch(name) or name == "__init__":
            for keyword in node.keywords:
                text = counterparts.ARGUMENTS.get(keyword.arg or "")
                if keyword.arg in counterparts.NEEDLESS and self._drop(keyword):
                    continue
                if text:
                    self._find(keyword.value, f"{keyword.arg}= is gone: {text}")
        if name in {"client", "resource"} and node.args:
            service = node.args[0]
            if isinstance(service, ast.Constant) and service.value in counterparts.GRANTS:
                self._find(
                    node,
                    f"the function has no right to use {service.value} by itself: grant it in the "
                    f"stack, as {counterparts.GRANTS[service.value]}",
                )
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        text = counterparts.ATTRIBUTES.get(node.attr)
        if text:
            self._find(node, f"{node.attr} is gone: {text}")
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if _last_name(node.value) == "aws_event" and key in counterparts.EVENT_KEYS:
            self._find(node, f"the event has no {key!r}: {counterparts.EVENT_KEYS[key]}")
        self.generic_visit(node)

    def _drop(self, keyword: ast.keyword) -> bool:
        """Take a keyword argument out, where it stands on one line with its comma."""
        line = self._lines[keyword.lineno - 1]
        start, end = keyword.col_offset, keyword.end_col_offset or 0
        if keyword.end_lineno != keyword.lineno:
            return False
        if after := re.match(rb"\s*,\s*", line[end:]):
            end += after.end()
        elif before := re.search(rb",\s*$", line[:start]):
            start = before.start()
        else:
            return False
        self.edits.append((keyword.lineno, start, line[start:end], b""))
        return True

    def _edit(self, node: ast.expr | ast.stmt | ast.alias, old: str, new: str) -> None:
        self.edits.append((node.lineno, node.col_offset, old.encode(), new.encode()))

    def _gone(self, node: ast.stmt | ast.alias, what: str) -> None:
        self._find(node, f"{what} has no counterpart: {counterparts.advice(what)}")

    def _find(self, node: ast.expr | ast.stmt | ast.alias, text: str) -> None:
        self.findings.append(Finding(self._file, node.lineno, text))


def _last_name(node: ast.AST) -> str:
    """The last name of what is called, decorated with, or derived from."""
    if isinstance(node, ast.Call):
        return _last_name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def header_named(text: str, header: str) -> str:
    """Name the header of the token in the services' classes, where they name none.

    :param text: a module.
    :param header: the header.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return text
    lines = text.splitlines(keepends=True)
    for node in reversed(_service_classes(tree)):
        first = node.body[0]
        named = {getattr(target, "id", "") for s in node.body for target in _targets(s)}
        if HEADER in named or first.lineno == node.lineno:
            continue
        line = " " * first.col_offset + f"{HEADER} = {json.dumps(header)}\n"
        is_documented = ast.get_docstring(node, clean=False) is not None
        decorators = getattr(first, "decorator_list", [])
        before = min([first.lineno, *(one.lineno for one in decorators)]) - 1
        at = (first.end_lineno or first.lineno) if is_documented else before
        lines[at:at] = ["\n", line] if is_documented else [line, "\n"]
    return "".join(lines)


def _targets(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, ast.Assign):
        return statement.targets
    return [statement.target] if isinstance(statement, ast.AnnAssign) else []


def _service_classes(tree: ast.Module) -> list[ast.ClassDef]:
    return [
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        and any(_last_name(base).lower().endswith("microservice") for base in node.bases)
    ]


def services_of(text: str) -> Iterator[str]:
    """The variables of a module that hold services, by what is written."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    classes = {node.name for node in _service_classes(tree)}
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        name = _last_name(node.value)
        if name in classes or name.lower().endswith("microservice"):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
