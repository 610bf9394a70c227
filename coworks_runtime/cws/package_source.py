"""Where this package comes from, as a line of requirements."""

import importlib.metadata
import json

PACKAGE = "coworks-cdk"


def requirement() -> str:
    """The line of requirements that installs what runs now, with everything optional.

    A wheel or a folder that this one was installed from is named; what came from an index is
    asked for by its version.
    """
    try:
        distribution = importlib.metadata.distribution(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return f"{PACKAGE}[all]"
    origin = distribution.read_text("direct_url.json")
    url = json.loads(origin).get("url") if origin else None
    if url:
        return f"{PACKAGE}[all] @ {url}"
    return f"{PACKAGE}[all]=={distribution.version}"
