"""The CDK app of a migrated project: its services, with what deploy's options said. Pure."""

import json
import keyword
import re
from collections.abc import Mapping, Sequence
from typing import Any

_HEAD = '''"""The CDK app: a stack with the project's services."""

{imports}

# What the options of `deploy` said, of every stage and of some.
PROPS: dict[str, Any] = {props}
STAGES: dict[str, dict[str, Any]] = {stages}
{network}
class {class_name}(Stack):
    """The services of the folder {folder}."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        props = PROPS | STAGES.get(stage_of(self), {{}})
'''

_NETWORK = '''# The VPC of the subnets, which those options didn't name.
VPC_ID = "{vpc_id}"


def network(scope: Construct, subnets: list[str], security_groups: list[str]) -> dict[str, Any]:
    """The props of functions in a VPC, by the ids of its subnets and security groups."""
    if not subnets:
        return {{}}
    return {{
        "vpc": Vpc.from_vpc_attributes(scope, "Vpc", vpc_id=VPC_ID, availability_zones=["any"]),
        "vpc_subnets": SubnetSelection(
            subnets=[Subnet.from_subnet_id(scope, name, name) for name in subnets]
        ),
        "security_groups": [
            SecurityGroup.from_security_group_id(scope, name, name) for name in security_groups
        ]
        or None,
    }}
'''

_USES_NETWORK = """\
        props |= network(self, props.pop("subnets", []), props.pop("security_groups", []))
"""

#: What stands for the id of a VPC until it is written.
VPC_ID = "vpc-00000000"

#: Imports of the app, each with what tells that it is used.
_IMPORTS = (
    ("aws_cdk", "App", "App("),
    ("aws_cdk", "Duration", "Duration."),
    ("aws_cdk", "Stack", "(Stack)"),
    ("aws_cdk.aws_ec2", "SecurityGroup", "SecurityGroup."),
    ("aws_cdk.aws_ec2", "Subnet", "Subnet."),
    ("aws_cdk.aws_ec2", "SubnetSelection", "SubnetSelection("),
    ("aws_cdk.aws_ec2", "Vpc", "Vpc."),
    ("aws_cdk.aws_lambda", "Runtime", "Runtime."),
    ("constructs", "Construct", "Construct"),
    ("coworks_cdk", "CoworksMicroService", "CoworksMicroService"),
    ("coworks_cdk", "stage_of", "stage_of"),
)

_SERVICE = """        CoworksMicroService(
            self,
            "{construct}",
            app="{app}",
            project_dir=Path(__file__).parent / "{folder}",
            **props,
        )
"""

_MAIN = '''

def main() -> None:
    """Synthesize the stack of the stage, which `cws --stage` gives."""
    app = App()
    # Each stage has a stack of its own, so that one can't replace another.
    {class_name}(app, "{class_name}", stack_name=f"{name}-{{stage_of(app)}}")
    app.synth()


if __name__ == "__main__":
    main()
'''

#: The props that take several values.
_LISTS = frozenset({"exclude", "security_groups", "subnets"})


def stack_source(
    services: Sequence[tuple[str, str]],
    options: Mapping[str | None, Mapping[str, Any]],
    *,
    folder: str,
    class_name: str,
    name: str,
) -> str:
    """The text of ``app.py``.

    :param services: each service's module and variable.
    :param options: deploy's options that are props here, by stage; under None those of every stage.
    :param folder: the folder of the services.
    :param class_name: the stack's class.
    :param name: what the stack's name begins with.
    """
    stages = {
        stage: _props(values) for stage, values in options.items() if stage is not None and values
    }
    written = ", ".join(f'"{stage}": {props}' for stage, props in stages.items())
    has_network = any("subnets" in values for values in options.values())
    text = _HEAD.format(
        imports="@@imports@@",
        props=_props(options.get(None, {})),
        stages=f"{{{written}}}",
        network=_NETWORK.format(vpc_id=VPC_ID) + "\n" if has_network else "\n",
        class_name=class_name,
        folder=folder,
    )
    if has_network:
        text += _USES_NETWORK
    for module, variable in services:
        app = module if variable == "app" else f"{module}:{variable}"
        text += _SERVICE.format(construct=_construct_id(module, variable), app=app, folder=folder)
    text += _MAIN.format(class_name=class_name, name=name)
    return text.replace("@@imports@@", _imports(text))


def _imports(text: str) -> str:
    """The imports of what a text uses."""
    modules: dict[str, list[str]] = {}
    for module, name, use in _IMPORTS:
        if use in text:
            modules.setdefault(module, []).append(name)
    lines = [f"from {module} import {', '.join(names)}" for module, names in modules.items()]
    return "\n".join(["from pathlib import Path", "from typing import Any", "", *lines])


def _construct_id(module: str, variable: str) -> str:
    words = re.split(r"[_.]+", module if variable == "app" else f"{module}_{variable}")
    return "".join(word[:1].upper() + word[1:] for word in words if word) or "Service"


def _props(options: Mapping[str, Any]) -> str:
    """Props as Python writes them."""
    written = {name: _written(name, value) for name, value in options.items()}
    return "{" + ", ".join(f'"{k}": {v}' for k, v in written.items() if v is not None) + "}"


def option_value(prop: str, value: Any) -> int | str | list[str]:
    """A value of an option of CoWorks', as YAML has it, as the prop means it.

    :param prop: what says the same in the stack.
    :raises ValueError: it is none, saying what it is.
    """
    if isinstance(value, list) and len(value) == 1 and prop not in _LISTS:
        (value,) = value
    if prop in _LISTS:
        values = value if isinstance(value, list) else [value]
        if all(map(_is_scalar, values)):
            return [str(item) for item in values]
        raise ValueError(f"got {value!r}, expected texts")
    if not _is_scalar(value):
        raise ValueError(f"got {value!r}, expected one value")
    if prop in {"timeout", "memory_size"}:
        try:
            return int(value)
        except (ValueError, OverflowError):
            raise ValueError(f"got {value!r}, expected a whole number") from None
    if prop == "runtime" and not re.fullmatch(r"[23]\.[0-9]{1,2}", str(value)):
        raise ValueError(f"got {value!r}, expected a version of Python, as '3.13'")
    return str(value)


def _is_scalar(value: object) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _written(prop: str, value: int | str | list[str]) -> str | None:
    """A value of an option, as the prop takes it; None to leave it to its default."""
    if isinstance(value, list):
        return "[" + ", ".join(json.dumps(item, ensure_ascii=False) for item in value) + "]"
    if prop == "timeout":
        return f"Duration.seconds({value})"
    if prop == "runtime":
        # Lambda has no older ones any more. To YAML, 3.10 without quotes is 3.1.
        major, minor = map(int, str(value).split("."))
        return None if (major, minor) < (3, 11) else f"Runtime.PYTHON_{major}_{minor}"
    return str(value)


def is_module_name(name: str) -> bool:
    """Whether Python can import a module of this name."""
    return name.isidentifier() and not keyword.iskeyword(name)
