"""Events of API Gateway's Lambda authorizers of type TOKEN.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
"""

from typing import NamedTuple


class MethodArn(NamedTuple):
    """The ARN of a method of a REST API, in its parts.

    :param partition: ``aws``, ``aws-cn``, ``aws-us-gov``.
    :param region: The API's region.
    :param account: The account's twelve digits.
    :param api_id: The API's id.
    :param stage: The API's stage.
    :param method: The HTTP method.
    :param path: The path asked for, from its slash on.
    """

    partition: str
    region: str
    account: str
    api_id: str
    stage: str
    method: str
    path: str


def is_authorizer_event(event: object) -> bool:
    """Tell whether an event asks for the decision on a token."""
    return (
        isinstance(event, dict)
        and event.get("type") == "TOKEN"
        and isinstance(event.get("methodArn"), str)
    )


def parse_arn(method_arn: str) -> MethodArn:
    """Take the ARN of a method apart.

    :param method_arn: ``arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH``.
    :raises ValueError: It is no such ARN.
    """
    match method_arn.split(":", 5):
        case ["arn", partition, "execute-api", region, account, resource]:
            match resource.split("/", 3):
                case [api_id, stage, method, *path] if (
                    partition and region and account and api_id and stage and method
                ):
                    return MethodArn(
                        partition, region, account, api_id, stage, method, "/" + "".join(path)
                    )
    raise ValueError(
        f"methodArn {method_arn!r} isn't the ARN of an API's method, "
        "arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH is expected"
    )
