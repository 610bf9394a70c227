"""What is wrong with an authorizer that the user declared."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from coworks_cdk.props.kinds import with_article


def authorizer_problems(
    authorizer: apigateway.IAuthorizer | apigateway.AuthorizationType | None,
    *,
    protected: bool,
    in_body: bool,
) -> list[str]:
    """An authorizer that nothing needs, that serves another API already, or can't be told.

    :param protected: whether some entry of the service needs it.
    :param in_body: whether the API is one document, which has to say all that there is of it.
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
    if isinstance(authorizer, apigateway.AuthorizationType):
        return []
    declared = isinstance(authorizer, apigateway.Authorizer)
    if in_body and not declared:
        got = with_article(type(authorizer).__name__)
        return [
            (
                f"authorizer: got {got} with api_body='openapi', which has to say what it is; "
                "allowed: an authorizer of the CDK that is declared in the app."
            )
        ]
    api = api_of(authorizer)
    if declared and _resource(authorizer) is None:
        # The document of another API has it.
        api = "of another service"
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
    resource = _resource(authorizer)
    if resource is None:
        return None
    try:
        found = Stack.of(resource).resolve(resource.rest_api_id)
    except RuntimeError:
        # The CDK's way to say that it isn't attached yet.
        return None
    return str(found.get("Ref", "of another stack") if isinstance(found, dict) else found)


def _resource(authorizer: apigateway.IAuthorizer) -> apigateway.CfnAuthorizer | None:
    found = authorizer.node.default_child if isinstance(authorizer, Construct) else None
    return found if isinstance(found, apigateway.CfnAuthorizer) else None
