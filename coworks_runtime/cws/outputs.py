"""The services that a stack's outputs tell of."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

# CloudFormation's name of an output of a construct: the construct's ids run together, then eight
# hexadecimal digits where the output isn't the stack's own.
_OUTPUT = re.compile(r"^(?P<service>.+?)(?P<kind>ApiId|Url)(?:[0-9A-F]{8})?$")


@dataclass(frozen=True, order=True)
class DeployedService:
    """One service of a deployed stack.

    :param stack: the stack's name.
    :param service: the construct's path in the stack, its ids run together.
    :param api_id: the REST API's id.
    :param url: the URL of the API's stage.
    """

    stack: str
    service: str
    api_id: str
    url: str

    @property
    def stage(self) -> str:
        """The stage's name: the URL's last path segment, empty where there is none."""
        return urlsplit(self.url).path.strip("/").rpartition("/")[2]


def services(stack: str, outputs: Mapping[str, str]) -> list[DeployedService]:
    """The services of a stack, by name.

    A service is what has two outputs, its API's id and its URL.

    :param stack: the stack's name.
    :param outputs: the stack's outputs.
    """
    found: dict[str, dict[str, str]] = {}
    for name, value in outputs.items():
        match = _OUTPUT.match(name)
        if match is not None:
            found.setdefault(match["service"], {})[match["kind"]] = value
    return sorted(
        DeployedService(stack, service, kinds["ApiId"], kinds["Url"])
        for service, kinds in found.items()
        if kinds.keys() == {"ApiId", "Url"}
    )
