"""A project of CoWorks on disk → the plan of its migration."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coworks_runtime.cws.configuration import FILE_NAME
from coworks_runtime.cws.errors import CwsError
from coworks_runtime.cws.names import project_names
from coworks_runtime.cws.package_source import requirement
from coworks_runtime.cws.scaffold import render

from .plan import Finding, Plan
from .project_file import migrate_project_file
from .python_code import migrate_code, services_of
from .requirements import lines_to_change, migrate_requirements
from .stack import is_module_name, stack_source

# Folders that hold what isn't the project's own. Those that start with a dot are left out, too.
_FOREIGN = frozenset(
    {"__pycache__", "build", "cdk.out", "dist", "env", "node_modules", "site-packages", "venv"}
)
_APP_FILE = Path("app.py")


def plan_migration(root: Path, project_dir: Path) -> Plan:
    """What moves a project over.

    :param root: the project's folder.
    :param project_dir: the folder of its services, relative to it.
    :raises CwsError: nothing there is of CoWorks, or a file can't be read.
    """
    if not (root / project_dir).is_dir():
        raise CwsError(
            f"there is no folder {str(project_dir)!r} in {root}; name the one of the services with "
            f"--project-dir, before the command."
        )
    plan = Plan()
    options: dict[str | None, dict[str, Any]] = {}
    for file in sorted(_files(root)):
        path = file.relative_to(root)
        if file.suffix == ".py":
            text = _read(file)
            after, findings = migrate_code(text, path)
            plan.change(path, text, after)
            plan.findings += findings
        elif file.name == FILE_NAME:
            text = _read(file)
            migrated = migrate_project_file(text, path)
            plan.change(path, text, migrated.text)
            plan.findings += migrated.findings
            options |= migrated.options
        else:
            _plan_requirements(plan, file, path, is_service=file.parent == root / project_dir)
    if not plan.changes and not plan.findings:
        raise CwsError(f"nothing in {root} is of CoWorks.")
    _plan_stack(plan, root, project_dir, options)
    _plan_rest(plan, root)
    plan.findings.sort()
    return plan


def _files(root: Path) -> Iterator[Path]:
    """The project's own files that may name CoWorks."""
    for folder, folders, names in os.walk(root):
        folders[:] = [
            name
            for name in folders
            if name not in _FOREIGN and not name.startswith((".", "terraform"))
        ]
        for name in names:
            is_requirements = name.startswith("requirements") and name.endswith((".txt", ".in"))
            if name.endswith(".py") or is_requirements or name in {
                FILE_NAME, "Pipfile", "pyproject.toml"
            }:  # fmt: skip
                yield Path(folder, name)


def _plan_requirements(plan: Plan, file: Path, path: Path, *, is_service: bool) -> None:
    text = _read(file)
    wanted = requirement()
    if file.suffix in {".txt", ".in"}:
        plan.change(path, text, migrate_requirements(text, None if is_service else wanted))
    else:
        plan.findings += lines_to_change(text, path, wanted)


def _plan_stack(
    plan: Plan, root: Path, project_dir: Path, options: dict[str | None, dict[str, Any]]
) -> None:
    """The CDK's files, where the project has none."""
    if any("CoworksMicroService" in _read(file) for file in root.glob("*.py")):
        return
    services = [
        (file.stem, variable)
        for file in sorted((root / project_dir).glob("*.py"))
        if is_module_name(file.stem)
        for variable in services_of(_read(file))
    ]
    if not services:
        plan.findings.append(
            Finding(
                project_dir, 0, "no module has `app = YourMicroService()`: app.py is yours to write"
            )
        )
        return
    try:
        names = project_names(root.resolve().name)
    except ValueError:
        names = project_names("services")
    target = _APP_FILE
    if (root / target).exists() or project_dir == Path():
        target = Path("cdk_app.py")
    source = stack_source(
        services,
        options,
        folder=project_dir.as_posix(),
        class_name=f"{names.class_name}Stack",
        name=names.name,
    )
    if (root / target).exists():
        plan.findings.append(Finding(target, 0, "is there already: the services are yours to add"))
        return
    plan.change(target, None, source)
    values = {
        "name": names.name,
        "module": services[0][0],
        "class": names.class_name,
        "title": names.title,
        "app_file": target.as_posix(),
        "folder": project_dir.as_posix(),
    }
    for file, text in render("cdk", Path(), values).items():
        if not (root / file).exists():
            plan.change(file, None, text)


def _plan_rest(plan: Plan, root: Path) -> None:
    """What of Terraform and of older versions is left behind."""
    for path in sorted(root.glob("terraform*")):
        plan.findings.append(
            Finding(
                path.relative_to(root),
                0,
                "made what is deployed now: keep it until that is destroyed, with CoWorks",
            )
        )
    for path in sorted(root.glob("*/vars*.json")):
        plan.findings.append(
            Finding(path.relative_to(root), 0, "isn't read: its values go to .env, .env.STAGE")
        )


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CwsError(f"{file} can't be read: {error}") from error
