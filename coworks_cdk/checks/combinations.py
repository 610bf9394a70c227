"""What is wrong between the props of a service, each of them being right by itself."""

from __future__ import annotations

from collections.abc import Iterator

from coworks_cdk.context import STAGE_VARIABLE
from coworks_cdk.settings import TOKEN_VARIABLE, Settings


def combination_problems(settings: Settings) -> list[str]:
    """The problems of the props together, but for those whose own value is refused."""
    return [
        text
        for names, text in _problems(settings)
        if not any(name in settings.unfit for name in names)
    ]


def _problems(settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each problem with the props that make it."""
    for name in ("vpc_subnets", "security_groups"):
        if settings.values[name] is not None and settings.vpc is None:
            yield (
                ("vpc", name),
                f"{name}: got a value without `vpc`; allowed: both, or neither.",
            )
    if settings.token is not None and TOKEN_VARIABLE in settings.environment:
        text = (
            f"token: got a secret, and {TOKEN_VARIABLE} in `environment` too; allowed: one of them."
        )
        yield ("token", "environment"), text
    given = settings.environment.get(STAGE_VARIABLE, settings.stage)
    if given != settings.stage:
        text = (
            f"environment: got {STAGE_VARIABLE} {given!r} with the stage {settings.stage!r}; "
            "allowed: leave it out, `stage` sets it."
        )
        yield ("stage", "environment"), text
