"""A project of CoWorks on disk → the plan of its migration."""

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from coworks_runtime.cws.configuration import FILE_NAME
from coworks_runtime.cws.configuration import SUFFIX as PROJECT_SUFFIX
from coworks_runtime.cws.errors import CwsError
from coworks_runtime.cws.names import project_names
from coworks_runtime.cws.package_source import requirement
from coworks_runtime.cws.scaffold import render

from .files import encoding_of
from .manifests import LOCKS, MANIFESTS, locked, migrate_manifest
from .plan import Finding, Plan
from .project_file import migrate_project_file
from .python_code import HEADER, header_named, migrate_code, services_of
from .requirements import migrate_requirements
from .stack import VPC_ID, is_module_name, stack_source

# Folders that hold what isn't the project's own. Those that start with a dot are left out, too.
_FOREIGN = frozenset(
    {"__pycache__", "build", "cdk.out", "dist", "env", "node_modules", "site-packages", "venv"}
)
_APP_FILE = Path("app.py")


def plan_migration(
    root: Path,
    project_dir: Path,
    file_name: str = FILE_NAME,
    commands: Collection[str] | None = None,
) -> Plan:
    """What moves a project over.

    :param root: the project's folder.
    :param project_dir: the folder of its services, relative to it.
    :param file_name: the project's file, whose options of ``deploy`` the stack takes: its name, or its path
        from the folder of the services or from the project's.
    :param commands: the commands that a project's file may speak of; by default any.
    :raises CwsError: nothing there is of CoWorks, or a file can't be read.
    """
    if not (root / project_dir).is_dir():
        raise CwsError(
            f"there is no folder {str(project_dir)!r} in {root}; name the one of the services with "
            f"--project-dir, before the command."
        )
    plan = Plan()
    texts = _texts(root, file_name, plan)
    places = {(root / folder / file_name).resolve() for folder in (project_dir, Path())}
    meant = {path for path in texts if (root / path).resolve() in places}
    options = _plan_project_files(plan, texts, meant, commands)
    header = _header(plan, options)
    for path, text in texts.items():
        if path.name in MANIFESTS:
            after, findings = migrate_manifest(text, path, requirement())
            plan.change(path, text, after)
            plan.findings += findings
        elif path.name in LOCKS:
            plan.findings += locked(text, path)
        elif path.suffix == ".py":
            is_service = header is not None and path.parent == project_dir
            after = header_named(text, header) if header and is_service else text
            after, findings = migrate_code(after, path)
            plan.change(path, text, after)
            plan.findings += findings
        elif path.suffix in {".txt", ".in"}:
            # Among a function's requirements the construct adds this package itself.
            wanted = None if path.parent == project_dir else requirement()
            plan.change(path, text, migrate_requirements(text, wanted))
    if not plan.changes and not plan.findings:
        raise CwsError(f"nothing in {root} is of CoWorks.")
    _plan_stack(plan, root, project_dir, options)
    _plan_rest(plan, root)
    plan.findings.sort()
    return plan


def _files(root: Path, file_name: str) -> Iterator[Path]:
    """The project's own files that may name CoWorks."""
    for folder, folders, names in os.walk(root):
        folders[:] = [
            name
            for name in folders
            if name not in _FOREIGN and not name.startswith((".", "terraform"))
        ]
        for name in names:
            is_requirements = name.startswith("requirements") and name.endswith((".txt", ".in"))
            if (
                is_requirements
                or name.endswith((".py", PROJECT_SUFFIX))
                or name in {*MANIFESTS, *LOCKS, Path(file_name).name}
            ):
                yield Path(folder, name)


def _plan_project_files(
    plan: Plan,
    texts: Mapping[Path, str],
    meant: Collection[Path],
    commands: Collection[str] | None,
) -> dict[str | None, dict[str, Any]]:
    """Change the project's files; gives the options of the one that is meant, by stage."""
    options: dict[str | None, dict[str, Any]] = {}
    for path, text in texts.items():
        if path not in meant and not path.name.endswith(PROJECT_SUFFIX):
            continue
        migrated = migrate_project_file(text, path, commands)
        plan.change(path, text, migrated.text)
        plan.findings += migrated.findings
        if path in meant:
            options |= migrated.options
        elif migrated.options:
            told = "its options of deploy are in no app.py: they are for `cws --config-file`'s only"
            plan.findings.append(Finding(path, 0, told))
    return options


def _header(plan: Plan, options: dict[str | None, dict[str, Any]]) -> str | None:
    """The header of the token that all stages have; taken out of the options."""
    found = {stage: values.pop(HEADER) for stage, values in options.items() if HEADER in values}
    header = found.pop(None, None)
    for stage, other in found.items():
        if other != header:
            told = f"the stage {stage} had the token in {other}: a service has one {HEADER}"
            plan.findings.append(Finding(Path(FILE_NAME), 0, told))
    return None if header is None else str(header)


def _plan_stack(
    plan: Plan, root: Path, project_dir: Path, options: dict[str | None, dict[str, Any]]
) -> None:
    """The CDK's files, where the project has none."""
    if any("CoworksMicroService" in (_read(file) or "") for file in root.glob("*.py")):
        return
    services = [
        (file.stem, variable)
        for file in sorted((root / project_dir).glob("*.py"))
        if is_module_name(file.stem)
        for variable in services_of(_read(file) or "")
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
    for number, line in enumerate(source.splitlines(), 1):
        if VPC_ID in line:
            told = "name the VPC of these subnets: the options of CoWorks told their ids only"
            plan.findings.append(Finding(target, number, told))
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


def _texts(root: Path, file_name: str, plan: Plan) -> dict[Path, str]:
    """The project's files by their paths in it; those that can't be read are told."""
    texts = {}
    for file in sorted(_files(root, file_name)):
        path, text = file.relative_to(root), _read(file)
        if text is None:
            plan.findings.append(
                Finding(path, 0, "can't be read as text: look yourself what of CoWorks is in it")
            )
        else:
            texts[path] = text
    return texts


def _read(file: Path) -> str | None:
    """A file's text, with Python's line ends; None where it is none.

    :raises CwsError: the file can't be opened.
    """
    try:
        return file.read_text(encoding=encoding_of(file))
    except OSError as error:
        raise CwsError(f"{file} can't be read: {error}") from error
    except UnicodeDecodeError:
        return None
