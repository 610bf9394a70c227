"""The names of a new project, made from its folder's. Pure."""

import keyword
import re
import sys
import unicodedata
from dataclasses import dataclass

# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html allows 128
# characters in a stack's name; the stage follows in it.
MAX_NAME = 64

# Modules that a project of this kind has already, or that a service must not hide.
_TAKEN = frozenset(
    {"app", "conftest", "tests", "aws_cdk", "coworks_cdk", "coworks_runtime", "flask"}
)


@dataclass(frozen=True)
class ProjectNames:
    """What a project is called, where.

    :param name: in the stack's name and the service's: ``my-shop``.
    :param module: the service's module: ``my_shop``.
    :param class_name: in Python's classes and the construct's id: ``MyShop``.
    :param title: for people: ``My shop``.
    """

    name: str
    module: str
    class_name: str
    title: str


def project_names(folder: str) -> ProjectNames:
    """The names that a folder's name gives.

    Letters lose their accents, and what neither CloudFormation nor Python takes separates words.

    :param folder: the folder's name, without its path.
    :raises ValueError: when nothing is left of it.
    """
    plain = unicodedata.normalize("NFKD", folder).encode("ascii", "ignore").decode()
    # A capital after a small letter begins a word: MyShop is my-shop.
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", plain)
    words = re.findall(r"[a-z0-9]+", spaced.lower())
    if not words:
        raise ValueError(
            f"no name can be made of the folder's, {folder!r}: it has neither letters of a to z "
            f"nor digits; give one with --name"
        )
    if words[0][0].isdigit():
        words.insert(0, "service")
    module = "_".join(words)
    if module in _TAKEN or module in sys.stdlib_module_names or keyword.iskeyword(module):
        words.append("service")
    name = "-".join(words)
    if len(name) > MAX_NAME:
        raise ValueError(
            f"the name {name!r} has {len(name)} characters; allowed: at most {MAX_NAME}, give "
            f"another with --name"
        )
    return ProjectNames(
        name=name,
        module="_".join(words),
        class_name="".join(word.capitalize() for word in words),
        title=" ".join(words).capitalize(),
    )
