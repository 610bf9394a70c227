"""For snapshot tests of the stacks that hold your services.

What changes whenever a file of a service changes is replaced by words that don't, so that a
snapshot tells of routes, permissions and settings. With syrupy:

.. code-block:: python

    from aws_cdk import App
    from coworks_cdk.testing import stable_template

    def test_stack(snapshot):
        assert stable_template(QuickstartStack(App(), "QuickstartStack")) == snapshot

With a JSON file, written by the first run and compared by the next:

.. code-block:: python

    import json
    from pathlib import Path

    from aws_cdk import App
    from coworks_cdk.testing import stable_template

    def test_stack():
        template = stable_template(QuickstartStack(App(), "QuickstartStack"))
        expected = Path("tests/quickstart.json")
        if not expected.exists():
            expected.write_text(json.dumps(template, indent=2))
        assert template == json.loads(expected.read_text())
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aws_cdk import Stack

__all__ = ["stable_template"]

_ASSET_HASH = re.compile(r"\b[0-9a-f]{64}\b")


def stable_template(stack: Stack) -> dict[str, Any]:
    """The template of a stack, its asset hashes replaced by the names of what they belong to.

    The hash in a resource is written ``asset-of-`` and the resource's logical id. Synthesizes the
    stack's app.

    :param stack: the stack, complete.
    :raises RuntimeError: when the app is refused; the message lists its problems.
    """
    # Here, since it starts the CDK's Node process.
    from aws_cdk.assertions import Template

    template = dict(Template.from_stack(stack).to_json())
    resources = template.pop("Resources", {})
    return {
        **{key: _stable(section, "asset") for key, section in template.items()},
        "Resources": {
            logical_id: _stable(resource, f"asset-of-{logical_id}")
            for logical_id, resource in resources.items()
        },
    }


def _stable(value: object, word: str) -> Any:
    if isinstance(value, str):
        return _ASSET_HASH.sub(word, value)
    if isinstance(value, list):
        return [_stable(item, word) for item in value]
    if isinstance(value, dict):
        return {key: _stable(item, word) for key, item in value.items()}
    return value
