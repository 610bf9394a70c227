"""The CDK app of a migrated project: its services, with what deploy's options said. Pure."""

import keyword
import re
from collections.abc import Mapping, Sequence
from typing import Any

_HEAD = '''"""The CDK app: a stack with the project's services."""

from pathlib import Path
from typing import Any

from aws_cdk import App, Duration, Stack
from aws_cdk.aws_lambda import Runtime
from constructs import Construct
from coworks_cdk import CoworksMicroService, stage_of

# What the options of `deploy` said, of every stage and of some.
PROPS: dict[str, Any] = {props}
STAGES: dict[str, dict[str, Any]] = {stages}


class {class_name}(Stack):
    """The services of the folder {folder}."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        props = PROPS | STAGES.get(stage_of(self), {{}})
'''

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

_PYTHONS = {"3.8", "3.9", "3.10"}


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
    text = _HEAD.format(
        props=_props(options.get(None, {})),
        stages=f"{{{written}}}",
        class_name=class_name,
        folder=folder,
    )
    for module, variable in services:
        app = module if variable == "app" else f"{module}:{variable}"
        text += _SERVICE.format(construct=_construct_id(module, variable), app=app, folder=folder)
    for needed, line in (("Duration", "App, Duration, Stack"), ("Runtime", "")):
        if f"{needed}." not in text:
            text = (
                text.replace(line, "App, Stack")
                if line
                else text.replace("from aws_cdk.aws_lambda import Runtime\n", "")
            )
    return text + _MAIN.format(class_name=class_name, name=name)


def _construct_id(module: str, variable: str) -> str:
    words = re.split(r"[_.]+", module if variable == "app" else f"{module}_{variable}")
    return "".join(word[:1].upper() + word[1:] for word in words if word) or "Service"


def _props(options: Mapping[str, Any]) -> str:
    """Props as Python writes them."""
    written = {name: _written(name, value) for name, value in options.items()}
    return "{" + ", ".join(f'"{k}": {v}' for k, v in written.items() if v is not None) + "}"


def _written(prop: str, value: Any) -> str | None:
    """A value of an option, as the prop takes it; None to leave it to its default."""
    if prop == "timeout":
        return f"Duration.seconds({int(value)})"
    if prop == "memory_size":
        return str(int(value))
    if prop == "runtime":
        # Lambda has no older ones any more.
        version = str(value)
        return None if version in _PYTHONS else f"Runtime.PYTHON_{version.replace('.', '_')}"
    values = [value] if isinstance(value, str) else list(value)
    return "[" + ", ".join(f'"{item}"' for item in values) + "]"


def is_module_name(name: str) -> bool:
    """Whether Python can import a module of this name."""
    return name.isidentifier() and not keyword.iskeyword(name)
