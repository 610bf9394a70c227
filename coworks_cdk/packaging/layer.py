"""The layers of a stack: CoworksLayer, and those of the services' own requirements."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from weakref import WeakKeyDictionary

from aws_cdk import Annotations, RemovalPolicy, Stack
from aws_cdk import aws_lambda as lambda_

from coworks_cdk.asked_once import stack_of
from coworks_cdk.defaults import default_architecture, default_runtime
from coworks_cdk.packaging.build import LayerNotes, RequirementsBuild, RuntimeBuild
from coworks_cdk.packaging.staging import Staged, located, stage, warn_without_interpreter
from coworks_cdk.packaging.target import Target

if TYPE_CHECKING:
    from constructs import Construct


class CoworksLayer(lambda_.LayerVersion):
    """The layer that every CoWorks function needs: ``coworks_runtime``, Flask and msgspec.

    It is built without Docker, once for each version of its content, and kept in the user's
    cache.

    :param scope: the construct's parent.
    :param construct_id: the construct's id.
    :param runtime: the Python runtime of the functions that use it; as the construct's, the
        Python that synthesizes by default, where Lambda has it.
    :param architecture: their architecture; as the construct's, arm64 by default.
    :param removal_policy: what happens to a version that another one replaces: deleted by
        default (functions that still use it go on running).
    :param layer_version_name: the layer's name; CloudFormation makes one by default.
    :param description: what the layer says of itself; its content by default.
    :param prune_packages: whether its packages are without what no function runs: commands, type
        stubs, tests and the development server's debugger; ``True`` by default.
    :raises PackagingError: if it can't be built.
    """

    _shared: ClassVar[WeakKeyDictionary[Stack, dict[str, CoworksLayer]]] = WeakKeyDictionary()

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        runtime: lambda_.Runtime | None = None,
        architecture: lambda_.Architecture | None = None,
        removal_policy: RemovalPolicy | None = None,
        layer_version_name: str | None = None,
        description: str | None = None,
        prune_packages: bool | None = None,
    ) -> None:
        runtime = runtime or default_runtime()
        architecture = architecture or default_architecture()
        with located(scope):
            target = Target.of(runtime, architecture)
            build = RuntimeBuild(target, prune=prune_packages is not False)
            staged = stage(scope, build.key, build.folder)
        super().__init__(
            scope,
            construct_id,
            code=staged.code(),
            compatible_runtimes=[runtime],
            compatible_architectures=[architecture],
            description=description or f"coworks_runtime, Flask and msgspec for {target}",
            layer_version_name=layer_version_name,
            removal_policy=removal_policy or RemovalPolicy.DESTROY,
        )
        #: The folder that it is made of.
        self.folder = staged.folder
        #: The folders of its packages that were left out.
        self.pruned = _tell_pruned(self, staged)
        #: The version of Python and the architecture that it is built for.
        self.target = target
        #: What the layer measures, in bytes, of the 250 MB that Lambda allows in all.
        self.unzipped_bytes = staged.unzipped_bytes
        warn_without_interpreter(self, target)

    @classmethod
    def of(
        cls, scope: Construct, *, runtime: lambda_.Runtime, architecture: lambda_.Architecture
    ) -> CoworksLayer:
        """The layer that a stack's services share, declared on first use.

        :param scope: a construct of the stack.
        :param runtime: the services' Python runtime.
        :param architecture: their architecture.
        :raises PackagingError: if it can't be built.
        """
        stack = stack_of(scope)
        with located(scope):
            construct_id = f"CoworksLayer{Target.of(runtime, architecture).label}"
            shared = cls._shared.setdefault(stack, {})
            if construct_id not in shared:
                found = stack.node.try_find_child(construct_id)
                if not isinstance(found, CoworksLayer):
                    found = cls(stack, construct_id, runtime=runtime, architecture=architecture)
                shared[construct_id] = found
            return shared[construct_id]


class RequirementsLayer(lambda_.LayerVersion):
    """A layer of what a requirements file asks for; made by :func:`requirements_layer`."""

    def __init__(
        self,
        stack: Stack,
        construct_id: str,
        staged: Staged,
        *,
        runtime: lambda_.Runtime,
        architecture: lambda_.Architecture,
        description: str,
    ) -> None:
        super().__init__(
            stack,
            construct_id,
            code=staged.code(),
            compatible_runtimes=[runtime],
            compatible_architectures=[architecture],
            description=description,
        )
        #: The folder that it is made of.
        self.folder = staged.folder
        #: The folders of its packages that were left out.
        self.pruned = _tell_pruned(self, staged)
        #: The digest of what it is built from.
        self.key = staged.key
        #: What the layer measures, in bytes, of the 250 MB that Lambda allows in all.
        self.unzipped_bytes = staged.unzipped_bytes


def requirements_layer(
    scope: Construct,
    requirements: str,
    *,
    runtime: lambda_.Runtime,
    architecture: lambda_.Architecture,
    prune: bool = True,
) -> RequirementsLayer | None:
    """The layer of a service's own requirements, one in a stack for those that share the file.

    It is resolved together with what CoworksLayer holds, and holds nothing of that again.
    Nor does it hold boto3 and botocore, which Lambda has, the CDK, or what only these need.

    :param scope: the service's construct.
    :param requirements: the path of a requirements file.
    :param runtime: the service's Python runtime.
    :param architecture: its architecture.
    :param prune: whether the packages' commands, type stubs, and tests that they don't import
        themselves are left out.
    :returns: the layer; ``None`` if there is nothing to hold.
    :raises PackagingError: if the file can't be read, or what it asks for can't be resolved or
        installed.
    """
    stack, path = stack_of(scope), Path(requirements)
    with located(scope):
        target = Target.of(runtime, architecture)
        build = RequirementsBuild.of(path, target, prune=prune)
        staged = stage(scope, build.key, build.folder)
    if staged is None:
        return None
    for note in LayerNotes.of(staged.folder).told:
        Annotations.of(scope).add_info_v2("coworks:built-from-sources", note)
    construct_id = base = f"{_words(path.stem)}{target.label}"
    number = 1
    while found := stack.node.try_find_child(construct_id):
        if isinstance(found, RequirementsLayer) and found.key == staged.key:
            return found
        number += 1
        construct_id = f"{base}{number}"
    return RequirementsLayer(
        stack,
        construct_id,
        staged,
        runtime=runtime,
        architecture=architecture,
        description=f"{path.name} for {target}",
    )


def _tell_pruned(layer: Construct, staged: Staged) -> tuple[str, ...]:
    """Say in the assembly's metadata what a layer is without."""
    pruned = LayerNotes.of(staged.folder).pruned
    if pruned:
        layer.node.add_metadata("coworks:pruned", list(pruned))
    return pruned


def _words(stem: str) -> str:
    # After the file, not after its folder, which differs from machine to machine, nor after its
    # content, so that an id outlives a changed requirement; files of one name get a number.
    words = "".join(word.capitalize() for word in re.findall(r"[A-Za-z0-9]+", stem))
    return f"{words.removesuffix('Requirements')}Requirements"
