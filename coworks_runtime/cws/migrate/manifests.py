"""``pyproject.toml``, ``Pipfile`` and ``setup.py`` that ask for CoWorks → asking for this. Pure."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from .plan import Finding

#: The files of this kind, by name.
MANIFESTS = frozenset({"pyproject.toml", "Pipfile", "setup.py", "setup.cfg"})
#: What is made from them, with what makes it.
LOCKS = {
    "Pipfile.lock": "pipenv lock",
    "poetry.lock": "poetry lock",
    "uv.lock": "uv lock",
    "pdm.lock": "pdm lock",
}

_NAME = r"coworks(?:\s*\[[^\]]*\])?\s*"
_REST = r"(?:[=<>!~]=?|@|;)"
_QUOTED = re.compile(
    rf"""(?P<quote>["']){_NAME}(?:{_REST}(?:(?!(?P=quote)).)*)?(?P=quote)(?!\s*[:=])""",
    re.IGNORECASE,
)
_BARE = re.compile(rf"^(?P<indent>\s+){_NAME}(?:{_REST}.*)?$", re.IGNORECASE)
_KEY = re.compile(
    r"""^(?P<key>\s*)["']?coworks["']?\s*=\s*(?P<value>["{'].*?)\s*(?P<comment>#.*)?$""",
    re.IGNORECASE,
)
_TABLE = re.compile(r"^\s*\[+\s*(?P<name>[^\]]+?)\s*\]+")
_NAMED = re.compile(r"""(^|["'\s.\]=])coworks(["'\s\[=<>!~@\]]|$)""", re.IGNORECASE)


def migrate_manifest(text: str, file: Path, requirement: str) -> tuple[str, list[Finding]]:
    """Ask for this package where CoWorks is asked for.

    :param text: the file.
    :param file: its path.
    :param requirement: what is asked for in CoWorks' place, as a requirements file says it.
    :return: the new text, and the lines that are left to change.
    """
    lines = text.splitlines(keepends=True)
    table = ""
    for number, line in enumerate(lines):
        if found := _TABLE.match(line):
            table = found["name"]
        lines[number] = _line(line, file.name, table, requirement)
    changed = "".join(lines)
    if file.suffix not in {".py", ".cfg"} and not _is_toml(changed):
        changed = text
    left = [
        Finding(file, number, f"asks for coworks: ask for {requirement}")
        for number, line in enumerate(changed.splitlines(), 1)
        if _asks(line, file)
    ]
    return changed, left


def _asks(line: str, file: Path) -> bool:
    code = line.partition("#")[0]
    if file.suffix == ".py":
        return _QUOTED.search(code) is not None
    is_name = re.match(r"""\s*(name|packages|include)\s*=""", code) is not None
    return not is_name and _NAMED.search(code) is not None


def _line(line: str, name: str, table: str, requirement: str) -> str:
    """A line of the file, asking for the other package."""
    end = line[len(line.rstrip("\r\n")) :]
    body = line[: len(line) - len(end)]
    if name == "setup.cfg":
        return _BARE.sub(lambda found: found["indent"] + requirement, body) + end
    keyed = _KEY.match(body)
    if keyed and (name == "Pipfile" or table.startswith("tool.poetry")):
        asked = _table_value(requirement, is_pipfile=name == "Pipfile")
        comment = f"  {keyed['comment']}" if keyed["comment"] else ""
        return f"{keyed['key']}coworks-cdk = {asked}{comment}{end}"
    if name == "Pipfile" or re.match(r"\s*name\s*=", body):
        return line
    return _QUOTED.sub(lambda found: found["quote"] + requirement + found["quote"], body) + end


def _table_value(requirement: str, *, is_pipfile: bool) -> str:
    """What a table of dependencies holds for a requirement."""
    found = re.fullmatch(
        r"[^\[]+\[(?P<extras>.*)\](?:==(?P<version>.+)| @ (?P<url>.+))?", requirement
    )
    extras = found["extras"] if found else "all"
    if found and found["url"]:
        source = f'{"file" if is_pipfile else "url"} = "{found["url"]}"'
    elif found and found["version"]:
        source = f'version = "=={found["version"]}"'
    else:
        source = 'version = "*"'
    return f'{{ {source}, extras = ["{extras}"] }}'


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def locked(text: str, file: Path) -> Iterator[Finding]:
    """Tell of a lock file that holds CoWorks still.

    :param text: the file.
    :param file: its path.
    """
    if re.search(r"""["']coworks["']""", text):
        yield Finding(file, 0, f"holds coworks: make it anew with {LOCKS[file.name]}")
