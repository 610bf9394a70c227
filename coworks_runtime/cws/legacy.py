"""What CoWorks' commands took, and what takes its place here.

Facts of CoWorks 0.9: https://github.com/gdoumenc/coworks.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click
from click.core import ParameterSource

PACKAGE = "coworks"

_BOOTSTRAP = "the account's bootstrap bucket holds what is deployed: cws bootstrap, once"
_STATE = "CloudFormation keeps the state of what is deployed"
_TYPES = "an answer has the Content-Type that the service gives it"

# CoWorks' own layers: the construct adds what a service needs of this package.
_OWN_LAYER = re.compile(r"arn:[^:]+:lambda:[^:]*:[^:]*:layer:coworks-\w+(:\d+)?")
LAYER_ANSWER = "the construct adds its own layer in place of CoWorks'"

# The objects that a project file names in `class`, by what they are called here.
_SUCCESSORS = {
    "deploy_command": "deploy",
    "destroy_command": "destroy",
    "deployed_command": "deployed",
    "new_command": "new",
}


@dataclass(frozen=True)
class FormerOption:
    """An option that a command of CoWorks had.

    :param flags: as the command line has it, the long form first.
    :param answer: what took its place.
    :param prop: what a migrated app says the same with, where it can: a prop of the construct, or
        for its network the ids that its props are made of; for the header the class attribute.
    :param is_flag: whether it takes no value.
    :param multiple: whether it may be repeated.
    :param is_refused: whether a command that goes on without it does what was not asked for.
    """

    flags: tuple[str, ...]
    answer: str
    prop: str | None = None
    is_flag: bool = False
    multiple: bool = False
    is_refused: bool = False

    @property
    def name(self) -> str:
        """The parameter's name."""
        return self.flags[0].lstrip("-").replace("-", "_")


def _prop(name: str, written: str) -> str:
    return f"say {written} in the construct, CoworksMicroService (prop {name})"


_COMMON = (
    FormerOption(("--bucket", "-b"), _BOOTSTRAP),
    FormerOption(("--key", "-k"), _BOOTSTRAP),
    FormerOption(
        ("--dry",),
        "see what a deploy would change with: cws diff",
        is_flag=True,
        is_refused=True,
    ),
)
_TERRAFORM = (
    FormerOption(("--terraform-cloud", "-tc"), _STATE, is_flag=True),
    FormerOption(("--terraform-dir", "-td"), _STATE),
    FormerOption(("--terraform-organization", "-to"), _STATE),
    FormerOption(("--terraform-refresh", "-tr"), _STATE, is_flag=True),
)
_DEPLOY = (
    FormerOption(
        ("--ignore", "-i"), _prop("exclude", "exclude=[...]"), prop="exclude", multiple=True
    ),
    FormerOption(
        ("--module-name", "-m"),
        "what the service needs is installed from requirements.txt of its folder",
        multiple=True,
    ),
    FormerOption(
        ("--binary-types",),
        "every media type is binary where the answer is, by the prop binary_media_types' default",
        multiple=True,
    ),
    FormerOption(("--json-types",), _TYPES, multiple=True),
    FormerOption(("--text-types",), _TYPES, multiple=True),
    FormerOption(("--memory-size",), _prop("memory_size", "memory_size=MB"), prop="memory_size"),
    FormerOption(
        ("--python", "-p"), _prop("runtime", "runtime=Runtime.PYTHON_3_x"), prop="runtime"
    ),
    FormerOption(("--tf-bucket",), _STATE),
    FormerOption(("--tf-key",), _STATE),
    FormerOption(
        ("--security-groups",),
        _prop("security_groups", "vpc=... and security_groups=[...]"),
        prop="security_groups",
        multiple=True,
    ),
    FormerOption(
        ("--subnets",),
        _prop("vpc_subnets", "vpc=... and vpc_subnets=..."),
        prop="subnets",
        multiple=True,
    ),
    FormerOption(("--timeout",), _prop("timeout", "timeout=Duration.seconds(...)"), prop="timeout"),
    FormerOption(
        ("--token-key",),
        'name the header in the service\'s class: authorization_header = "..."',
        prop="authorization_header",
    ),
)

FORMER_OPTIONS = {
    "deploy": (*_COMMON, *_TERRAFORM, *_DEPLOY),
    "destroy": (*_COMMON, *_TERRAFORM),
    "deployed": _TERRAFORM,
}


def successor(dotted: str) -> str | None:
    """The command that a class of CoWorks' own is here.

    :param dotted: what a project file has in ``class``.
    :return: its name; None where it is none of CoWorks', or has no counterpart.
    """
    module, _, attribute = dotted.rpartition(".")
    is_coworks = module.partition(".")[0] == PACKAGE
    return _SUCCESSORS.get(attribute) if is_coworks else None


def is_own_layer(arn: object) -> bool:
    """Whether a layer is one of CoWorks' own."""
    return isinstance(arn, str) and _OWN_LAYER.fullmatch(arn) is not None


def without_own_layers(arns: tuple[str, ...]) -> tuple[str, ...]:
    """The layers that the services take, CoWorks' own left out and told."""
    kept = tuple(arn for arn in arns if not is_own_layer(arn))
    if kept != arns:
        tell(f"layers: {LAYER_ANSWER}; remove it.")
    return kept


def tell(text: str) -> None:
    """Tell what became of something that CoWorks had."""
    click.echo(f" * CoWorks' {text}", err=True)


def with_former_options(command: click.Command) -> click.Command:
    """Let a command take what CoWorks' took, and answer each with what took its place.

    :param command: one of those that :data:`FORMER_OPTIONS` has.
    """
    for former in FORMER_OPTIONS[command.name or ""]:
        command.params.append(
            click.Option(
                list(former.flags),
                is_flag=former.is_flag,
                multiple=former.multiple,
                type=None if former.is_flag else click.UNPROCESSED,
                hidden=True,
                expose_value=False,
                callback=_answer(former),
            )
        )
    return command


def _answer(former: FormerOption) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """A callback that tells what took an option's place."""

    def answer(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
        source = ctx.get_parameter_source(param.name or "")
        if source is ParameterSource.DEFAULT or ctx.resilient_parsing:
            return value
        if former.is_refused and value:
            raise click.UsageError(f"{former.flags[0]} of CoWorks is gone: {former.answer}.", ctx)
        if source is ParameterSource.COMMANDLINE:
            tell(f"{former.flags[0]} does nothing here: {former.answer}.")
        else:
            tell(
                f"{former.name} of project.cws.yml does nothing here: {former.answer}. Remove it, "
                f"or let cws migrate do it."
            )
        return value

    return answer
