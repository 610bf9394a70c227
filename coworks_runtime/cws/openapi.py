"""Write a service's OpenAPI document, and tell what of a change breaks its clients."""

import json
from pathlib import Path
from typing import Any, cast

import click
from flask.cli import ScriptInfo

from coworks_runtime.service import TechMicroService

from .compatibility import breaking_changes
from .errors import CwsError


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The file to write; by default the terminal.",
)
@click.option(
    "--check",
    "reference",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Fail where a client written by this document would break; write nothing.",
)
@click.pass_context
def openapi(ctx: click.Context, output: Path | None, reference: Path | None) -> None:
    """Write the service's OpenAPI 3.1 document, without a server.

    With --check, compare it with the one of FILE: each route, parameter, field or value that is
    gone or narrowed is told, and the command ends with status 1. What is added or renamed (classes,
    path variables) breaks nobody. Both can be given: what is checked is written where it passes.
    """
    document = _document(ctx.ensure_object(ScriptInfo))
    if reference is not None:
        problems = breaking_changes(_read(reference), document)
        for problem in problems:
            click.echo(problem)
        if problems:
            raise CwsError(f"{len(problems)} of these changes break clients of {reference}.")
        click.echo(f"Nothing breaks clients of {reference}.", err=True)
    text = json.dumps(document, indent=2, ensure_ascii=False)
    if output is not None:
        output.write_text(f"{text}\n", encoding="utf-8")
    elif reference is None:
        click.echo(text)


def _document(info: ScriptInfo) -> dict[str, Any]:
    # Imported here: the other commands need none of it.
    from coworks_runtime.blueprint.admin import openapi_document, routes_of, service_info

    service = info.load_app()
    if not isinstance(service, TechMicroService):
        raise CwsError(
            f"{info.app_import_path}: a {type(service).__name__}; only a TechMicroService "
            "describes itself."
        )
    return openapi_document(service_info(service), routes_of(service), "")


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise CwsError(f"{path} is not JSON: {error}") from error
    version = document.get("openapi") if isinstance(document, dict) else None
    if not isinstance(version, str) or not version.startswith("3."):
        raise CwsError(f"{path} is no OpenAPI 3 document: 'openapi' is {version!r}.")
    return cast("dict[str, Any]", document)
