"""What a service imports that its function won't have, or not in time. Pure.

Lambda's own modules: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html; the init
phase: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from coworks_cdk.service_description import ForeignImport, ServiceDescription

INIT_SECONDS = 10.0

#: What Lambda's Python has, and what CoworksLayer holds.
_ALWAYS_THERE = frozenset(
    {
        *("awslambdaric", "boto3", "botocore", "dateutil", "jmespath", "s3transfer"),
        *("simplejson", "six", "snapshot_restore_py", "urllib3"),
        *("blinker", "click", "flask", "itsdangerous", "jinja2", "markupsafe", "msgspec"),
        "werkzeug",
    }
)


def left_out_module(module: str, left_out: str | None) -> list[str]:
    """The service's own module, where the function's code is without it.

    :param left_out: the module's file or a folder of it, where that isn't in the code.
    """
    if left_out is None:
        return []
    return [
        (
            f"app: got {module!r}, and {left_out} is left out of the function's code; allowed: a "
            f'module that ships. include=["/{left_out}"] takes in what isn\'t named by `exclude`.'
        )
    ]


def undeployed_modules(
    imports: Iterable[ForeignImport], *, deployed: Callable[[str], bool], requirements: str | None
) -> list[str]:
    """The modules that are there where the app is synthesized, and nowhere else.

    :param deployed: whether the function's layers hold a module.
    :param requirements: the requirements file, as its user calls it.
    """
    return [
        _undeployed(found, requirements)
        for found in imports
        if found.module not in _ALWAYS_THERE and not deployed(found.module)
    ]


def _undeployed(found: ForeignImport, requirements: str | None) -> str:
    importing = f"{found.by}, line {found.line}, imports {found.module!r}"
    if not found.distributions:
        return (
            f"{importing} from {found.file}, outside the project folder: it isn't deployed, and "
            "the function will fail. Move it into the project folder, or name it in the "
            "requirements."
        )
    names = " or ".join(found.distributions)
    where = requirements or "a requirements.txt of the project folder"
    return (
        f"{importing} of the distribution {names}, which isn't deployed: the function will fail. "
        f"Add {names} to {where}."
    )


def slow_import(service: ServiceDescription) -> list[str]:
    """An import that Lambda would begin anew."""
    if service.import_seconds <= INIT_SECONDS:
        return []
    slowest = ", ".join(f"{name} {took:.1f} s" for name, took in service.slowest_imports)
    by_themselves = f" The slowest imports, by themselves: {slowest}." if slowest else ""
    told = (
        f"The service took {service.import_seconds:.1f} s to be imported here. Lambda's init phase "
        f"ends after {INIT_SECONDS:.0f} s, and the import begins anew.{by_themselves} Import in "
        "the entries what they alone use."
    )
    return [told]
