"""Pure: what an API answers in place of API Gateway's own errors."""

from __future__ import annotations

from collections.abc import Mapping

from coworks_cdk.local.template.mapping import check_body_template, check_mappings
from coworks_cdk.local.template.records import GatewayResponse

_PREFIX = "gatewayresponse.header."


def read_gateway_response(
    kind: str,
    status: str | int | None,
    parameters: Mapping[str, str],
    templates: Mapping[str, str],
    where: str,
) -> GatewayResponse:
    """Read a gateway response.

    :param kind: its ``ResponseType``.
    :param parameters: ``gatewayresponse.header.NAME`` to expressions.
    :param templates: media types to templates.
    :raises NotEmulated: for what isn't imitated.
    """
    headers = {name.removeprefix(_PREFIX): value for name, value in parameters.items()}
    check_mappings(headers, where)
    return GatewayResponse(
        type=kind,
        status=None if status is None else int(status),
        headers=headers,
        template=check_body_template(templates, where),
    )
