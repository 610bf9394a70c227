"""What a synth warns of where a function is sent events that nothing in its service takes."""

from __future__ import annotations

from aws_cdk import Annotations
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from coworks_cdk.api.deployment import Pictures
from coworks_cdk.asked_once import resource_of
from coworks_cdk.checks.event_sources import Template, untaken
from coworks_cdk.service_description import ServiceDescription


def warn_of_events(
    scope: Construct,
    service: ServiceDescription,
    *,
    function: lambda_.Function,
    pictures: Pictures,
) -> None:
    """Warn of what sends events that no method takes, when everything is declared.

    :param scope: the service, which the warnings are reported at.
    :param pictures: of the service's stack; they know the function's name.
    """
    resource = resource_of(function)

    def read(template: Template) -> None:
        for place, kind in untaken(template, pictures.name_of(resource), service.events):
            told = f"events of {kind.source!r}" if kind.source else "events"
            Annotations.of(scope).add_warning_v2(
                "coworks:event-source",
                f"{place} sends {told} to the function, and no method of {service.class_name} "
                f"takes them: each one would fail. Mark a method with {kind}.",
            )

    pictures.tell(read)
