"""An API without routes, and requests to it."""

from coworks_cdk.local.gateway.request import Arrival, Request
from coworks_cdk.local.template.records import Api, Stage

API = Api(
    logical_id="Api",
    id="api",
    service="Service",
    stack="Stack",
    region="us-east-1",
    account="123456789012",
    routes=(),
    resources=(),
    stages=(),
    responses={},
    binary_media_types=("image/png",),
)


def request(*headers, body=b"", query="", path="/dev/content/a%20b"):
    return Request(
        method="POST",
        path=path,
        query=query,
        headers=headers,
        body=body,
        source_ip="127.0.0.1",
        port=8000,
        id="00000000-0000-0000-0000-000000000000",
        trace_id="Root=1",
        time=1_700_000_000.0,
    )


STAGE = Stage("dev", "abc", {"variable": "value"})


def arrival(*headers, api=API, match=None, path="/content/a%20b", **given):
    return Arrival(request(*headers, **given), api, STAGE, path, match)
