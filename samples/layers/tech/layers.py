"""The CoWorks layers of an AWS account and region."""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, render_template_string

from coworks_runtime import TechMicroService, entry, request

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

JSON, HTML = "application/json", "text/html"

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>CoWorks layers</title>
<style>
body { font-family: system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
.wide { overflow-x: auto }
code { overflow-wrap: anywhere }
td, th { padding: .3rem 1rem .3rem 0; text-align: left; vertical-align: top }
</style>
</head>
<body>
<h1>CoWorks layers</h1>
{% if layers %}
<div class="wide">
<table>
<thead><tr><th>Layer</th><th>Created</th><th>Runtimes</th><th>Architectures</th></tr></thead>
<tbody>
{% for layer in layers %}
<tr>
<td><code>{{ layer.arn }}</code>{% if layer.description %}<br>{{ layer.description }}{% endif %}</td>
<td>{{ layer.created[:10] }}</td>
<td>{{ layer.runtimes | join(", ") }}</td>
<td>{{ layer.architectures | join(", ") }}</td>
</tr>
{% endfor %}
</tbody>
</table>
</div>
{% else %}
<p>No layer is available.</p>
{% endif %}
</body>
</html>
"""


@cache
def client() -> "LambdaClient":
    """Lambda's API, asked through one client."""
    import boto3

    return boto3.client("lambda")


class LayersMicroService(TechMicroService):
    """Lists the CoWorks layers of this account and region, the newest last.

    A CoWorks layer is one with "coworks" in its name.
    """

    @entry(no_auth=True)
    def get(self) -> Response:
        """List the layers: as JSON, or as a page where the caller prefers HTML."""
        layers = sorted(available_layers(), key=lambda layer: (layer["created"], layer["version"]))
        if request.accept_mimetypes.best_match([JSON, HTML], default=JSON) == HTML:
            response = Response(render_template_string(PAGE, layers=layers), mimetype=HTML)
        else:
            response = jsonify({"layers": layers})
        response.vary.add("Accept")
        return response


def available_layers() -> Iterator[dict[str, Any]]:
    """Every version of every CoWorks layer."""
    for page in client().get_paginator("list_layers").paginate():
        for layer in page["Layers"]:
            if "coworks" in layer["LayerName"].lower():
                yield from layer_versions(layer["LayerName"])


def layer_versions(name: str) -> Iterator[dict[str, Any]]:
    """Every version of a layer.

    :param name: the layer's name.
    """
    for page in client().get_paginator("list_layer_versions").paginate(LayerName=name):
        for version in page["LayerVersions"]:
            yield {
                "arn": version["LayerVersionArn"],
                "name": name,
                "version": version["Version"],
                "created": version["CreatedDate"],
                "description": version.get("Description", ""),
                "runtimes": version.get("CompatibleRuntimes", []),
                "architectures": version.get("CompatibleArchitectures", []),
            }


app = LayersMicroService(name="coworks-layers-microservice")
