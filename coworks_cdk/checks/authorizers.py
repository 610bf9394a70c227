"""What is wrong with an authorizer that the user declared."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct


def authorizer_problems(
    authorizer: apigateway.IAuthorizer | apigateway.AuthorizationType | None, *, protected: bool
) -> list[str]:
    """An authorizer that nothing needs, or that serves another API already.

    :param protected: whether some entry of the service needs it.
    """
    if authorizer is None:
        return []
    if not protected:
        return [
            (
                "authorizer: got one, and every entry is public; allowed: an authorizer with an entry "
                "without no_auth=True."
            )
        ]
    api = None if isinstance(authorizer, apigateway.AuthorizationType) else api_of(authorizer)
    if api is not None:
        return [
            (
                f"authorizer: got one that serves the API {api} already; allowed: one of its own, the "
                "CDK attaches an authorizer to one API."
            )
        ]
    return []


def api_of(authorizer: apigateway.IAuthorizer) -> str | None:
    """The logical id of the API that an authorizer is attached to."""
    resource = authorizer.node.default_child if isinstance(authorizer, Construct) else None
    if not isinstance(resource, apigateway.CfnAuthorizer):
        return None
    try:
        found = Stack.of(resource).resolve(resource.rest_api_id)
    except RuntimeError:
        # The CDK's way to say that it isn't attached yet.
        return None
    return str(found.get("Ref", "of another stack") if isinstance(found, dict) else found)
