"""A new deployment whenever the API would serve something else, and not otherwise.

The logical id of a deployment is a hash of what it is a picture of (``picture``), read from the
stack's template as it will be: after everybody's declarations, aspects and escape hatches. The
CDK's own id follows names, descriptions and tags, misses what is set on the resources themselves,
and knows nothing of a function that is replaced.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import jsii
from aws_cdk import (
    Aspects,
    BootstraplessSynthesizer,
    CfnResource,
    IAspect,
    IResolveContext,
    IStringProducer,
    ISynthesisSession,
    Lazy,
    Stack,
)
from aws_cdk.cx_api import CloudAssemblyBuilder
from constructs import Construct, IConstruct, IValidation

from coworks_cdk.api import picture, references
from coworks_cdk.api.apis import BodyApi, ServiceApi
from coworks_cdk.asked_once import only_one, resource_of, stack_of


@jsii.implements(IAspect, IValidation)
class Pictures(Construct):
    """The fingerprints of a stack's APIs, from one rendering of the stack however many there are.

    The CDK resolves logical ids at different times. While it prepares the stacks it looks for
    references between them, and a deployment's id is its stable part; from then on it is the id
    in the template to come. The template of a nested stack is hashed before the app is validated,
    so that its ids can't wait for that.

    An id that changes is asked for at each mention, which takes messages between two processes. Once
    it is known, it is a text.
    """

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack, "CoworksDeployments")
        self._stack = stack
        self._apis: dict[str, ServiceApi | BodyApi] = {}
        self._deployments: dict[str, CfnResource] = {}
        self._seen: dict[str, _Seen] | None = None
        self._template: references.Template = {}
        self._named: dict[CfnResource, str] = {}
        self._readers: list[Callable[[references.Template], None]] = []
        self._rendering = False
        self._validated = False
        self._dependents: dict[str, set[str]] | None = None
        self.node.add_validation(self)
        Aspects.of(self).add(self)

    def visit(self, node: IConstruct) -> None:  # noqa: ARG002 - it is this construct
        """Called by the CDK when it begins to synthesize, perhaps once more and with more in it."""
        if self._validated:
            self._seen, self._validated = None, False
            for logical_id in self._apis:
                self._change(logical_id)

    @classmethod
    def of(cls, scope: Construct) -> Pictures:
        """Those of the stack that holds a construct."""
        return only_one(cls, stack_of(scope))

    def add(self, api: ServiceApi | BodyApi, logical_id: str) -> None:
        """Let the logical id of an API's deployment follow what it is a picture of.

        :param logical_id: its stable part.
        """
        self._apis[logical_id] = api
        self._deployments[logical_id] = resource_of(api.latest_deployment)
        self._change(logical_id)

    def _change(self, logical_id: str) -> None:
        changing = Lazy.uncached_string(_DeploymentId(self, logical_id))
        self._deployments[logical_id].override_logical_id(changing)

    def _settle(self, *, rendering: bool = False) -> None:
        for logical_id, deployment in self._deployments.items():
            seen = None if rendering or not self._seen else self._seen.get(logical_id)
            known = logical_id + (seen.fingerprint if seen else "")
            try:
                deployment.override_logical_id(known)
            except RuntimeError:
                # Another stack refers to it, and the CDK has locked it: it goes on asking for it.
                return

    def tell(self, reader: Callable[[references.Template], None]) -> None:
        """Show a reader the stack's template when everything is declared.

        It is empty where the CDK can't render the stack, and says so itself.
        """
        self._readers.append(reader)

    def fingerprint(self, logical_id: str, *, preparing: bool) -> str:
        """What follows the stable part of a deployment's id, at this time of the synthesis."""
        if self._rendering:
            return ""
        if preparing:
            if self._validated:
                # The app is synthesized once more, perhaps with more in it.
                self._seen, self._validated = None, False
            return ""
        if self._seen is None:
            self._seen = self._look()
        seen = self._seen.get(logical_id)
        return seen.fingerprint if seen else ""

    def validate(self) -> list[str]:
        """Called by the CDK when everything is declared.

        What belongs to an API is made before its deployment: the CDK sees to that for its own
        constructs, and not for resources that name the API. Beside an API's document there is
        nothing.
        """
        template = self.template()
        for reader in self._readers:
            reader(template)
        problems: list[str] = []
        for logical_id, api in self._apis.items():
            seen = self._seen.get(logical_id) if self._seen else None
            if seen and isinstance(api, BodyApi):
                problems += (
                    f"{api.node.path}: got {name}, an {kind}, beside the API's OpenAPI document; "
                    "allowed: none, the document's next import removes it."
                    for name, kind in seen.picture.beside.items()
                )
            late = seen.picture.unawaited(logical_id) if seen else ()
            if late:
                deployment = self._deployments[logical_id]
                # Older versions of aws-cdk-lib have the other name only, which is deprecated.
                add = getattr(deployment, "add_resource_dependency", deployment.add_dependency)
                for resource in self._resources():
                    if self._stack.resolve(resource.logical_id) in late:
                        add(resource)
        return problems

    def template(self) -> references.Template:
        """The stack's template, for what is validated: rendered once, when all is declared.

        It is empty where the CDK can't render the stack, and says so itself.
        """
        if not self._validated:
            if self._stack.nested_stack_parent is None:
                self._settle(rendering=True)
                self._seen = self._look()
                self._settle()
            elif self._seen is None:
                self._seen = self._look()
            self._validated = True
            self._dependents = None
        return self._template

    def name(self, resource: CfnResource) -> None:
        """Let the logical id of a resource of the stack be known with its template."""
        self._named[resource] = ""

    def name_of(self, resource: CfnResource) -> str:
        """The logical id of a resource in the template, where that could be rendered.

        All that were to be known are asked for in one message.
        """
        return self._named[resource]

    def dependents(self) -> dict[str, set[str]]:
        """The resources that need a resource of the template, by logical id."""
        template = self.template()
        if self._dependents is None:
            self._dependents = references.dependents(template)
        return self._dependents

    def _resources(self) -> Iterator[CfnResource]:
        for construct in self._stack.node.find_all():
            if isinstance(construct, CfnResource) and construct.stack is self._stack:
                yield construct

    def _look(self) -> dict[str, _Seen]:
        try:
            self._template = self._render(self._stack)
        except RuntimeError:
            # The CDK can't render the stack, and says why when it does so itself.
            self._template = {}
            return {}
        pictures = picture.apis(self._template, self._nested())
        refs: dict[str, dict[str, str]]
        salts: dict[str, list[object]]
        names: list[str]
        refs, salts, names = self._stack.resolve(
            [
                {id_: api.rest_api_id for id_, api in self._apis.items()},
                {id_: api.latest_deployment.salts for id_, api in self._apis.items()},
                [resource.logical_id for resource in self._named],
            ]
        )
        self._named.update(zip(self._named, names, strict=True))
        seen = {id_: pictures[r["Ref"]] for id_, r in refs.items() if r["Ref"] in pictures}
        # The CDK leaves out what is empty.
        return {id_: _Seen(one, one.fingerprint(salts.get(id_, ()))) for id_, one in seen.items()}

    def _nested(self) -> dict[str, references.Template]:
        """The templates of the nested stacks that may hold something of an API."""
        wanted = picture.given_an_api(self._template)
        if not wanted:
            return {}
        stacks = {
            str(self._stack.resolve(stack.nested_stack_resource.logical_id)): stack
            for stack in self._stack.node.find_all()
            if isinstance(stack, Stack)
            and stack.nested_stack_parent is self._stack
            and stack.nested_stack_resource is not None
        }
        return {name: self._render(stacks[name]) for name in sorted(wanted & set(stacks))}

    def _render(self, stack: Stack) -> references.Template:
        self._rendering = True
        try:
            with TemporaryDirectory() as folder:
                _Renderer().render(stack, folder)
                text = Path(folder, stack.template_file).read_text(encoding="utf-8")
        finally:
            self._rendering = False
        template: references.Template = json.loads(text)
        return template


@dataclass(frozen=True)
class _Seen:
    picture: picture.Api
    fingerprint: str


@jsii.implements(IStringProducer)
class _DeploymentId:
    """A deployment's logical id, whenever the CDK asks for it."""

    def __init__(self, pictures: Pictures, stable: str) -> None:
        self._pictures = pictures
        self._stable = stable

    def produce(self, context: IResolveContext) -> str:
        preparing = context.preparing
        return self._stable + self._pictures.fingerprint(self._stable, preparing=preparing)


@jsii.implements(ISynthesisSession)
class _Session:
    """Where a template is written to."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._assembly = CloudAssemblyBuilder(folder)

    @property
    def outdir(self) -> str:
        return self._folder

    @property
    def assembly(self) -> CloudAssemblyBuilder:
        return self._assembly

    @property
    def validate_on_synth(self) -> bool:
        return False


class _Renderer(BootstraplessSynthesizer):
    """A second synthesizer of a stack, which writes its template and adds nothing to it."""

    def render(self, stack: Stack, folder: str) -> None:
        self.bind(stack)
        # The CDK's interface has attributes that can be set, and sets none.
        self._synthesize_template(cast("ISynthesisSession", _Session(folder)))
