"""Writes files from templates: names filled in, nothing replaced unasked."""

from collections.abc import Mapping
from pathlib import Path
from string import Template

from .errors import CwsError

TEMPLATES = Path(__file__).parent / "templates"
_SUFFIX = ".tmpl"
# A file that starts with a dot would be hidden from packaging, or taken for this project's own.
_DOT = "dot-"
# In a file's name: the service's module.
_SERVICE = "SERVICE"


class _Filled(Template):
    """Names are written ``@@{name}``: no shell, no Python and no YAML writes that."""

    delimiter = "@@"


def render(kind: str, folder: Path, values: Mapping[str, str]) -> dict[Path, str]:
    """The files of a template, by path, with their content.

    :param kind: the folder of the templates.
    :param folder: where the files will be.
    :param values: what is filled in; ``module`` is in files' names too.
    """
    root = TEMPLATES / kind
    return {
        folder / _target(path.relative_to(root), values["module"]): _Filled(
            path.read_text(encoding="utf-8")
        ).substitute(values)
        for path in sorted(root.rglob(f"*{_SUFFIX}"))
    }


def write(files: Mapping[Path, str], folder: Path, *, force: bool) -> None:
    """Write files, all or none.

    :param files: by path, with their content.
    :param folder: named in the error.
    :param force: replace those that are there already.
    :raises CwsError: files are there already, or the folder can't be written.
    """
    present = [str(target) for target in files if target.exists()]
    if present and not force:
        raise CwsError(
            f"already there: {', '.join(present)}. Choose another folder, or replace them with "
            f"--force."
        )
    try:
        for target, content in files.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8")
    except OSError as error:
        raise CwsError(f"the project can't be written to {folder}: {error}") from error


def _target(relative: Path, module: str) -> Path:
    """Where a template's file goes, relative to the project."""
    parts = [_target_part(part).replace(_SERVICE, module) for part in relative.parts]
    return Path(*parts[:-1], parts[-1].removesuffix(_SUFFIX))


def _target_part(part: str) -> str:
    """A file's or a folder's name, with its dot where it has one."""
    return f".{part.removeprefix(_DOT)}" if part.startswith(_DOT) else part
