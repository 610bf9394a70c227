"""Markdown of a service's author → HTML that can't do anything but show.

The text is the author's, and parts of it may be anybody's: raw HTML is shown as text, links go to
http, https, mailto or the page itself only, and images become links, so that a page never asks
another host for anything.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element  # built here, nothing is parsed

from markupsafe import Markup

if TYPE_CHECKING:
    from markdown import Markdown

# Whatever stands before a colon may be taken for a scheme.
_SCHEME = re.compile(r"^[^/?#]*:")
_ALLOWED_SCHEMES = ("http:", "https:", "mailto:")
# Browsers drop these inside of a URL before they look for its scheme.
_IGNORED = re.compile(r"[\x00-\x20\x7f]+")
_EXTENSIONS = ("fenced_code", "sane_lists", "tables")


def render_markdown(text: str) -> Markup | None:
    """Renders Markdown to HTML.

    :param text: the Markdown, its indentation cleaned.
    :return: the HTML, or None where the package ``markdown`` isn't installed.
    """
    try:
        # Imported on use: most requests of a service never show its documentation.
        from markdown import Markdown
    except ImportError:
        return None
    renderer = Markdown(extensions=list(_EXTENSIONS), output_format="html")
    _make_harmless(renderer)
    return Markup(renderer.convert(text))  # noqa: S704  # what is HTML in it is markdown's own


def _make_harmless(renderer: Markdown) -> None:
    from markdown.treeprocessors import Treeprocessor

    class Links(Treeprocessor):
        """Keeps links that are harmless, and turns images into links."""

        def run(self, root: Element) -> None:
            for link in root.iter("a"):
                for image in link.iter("img"):
                    _image_to_text(image)
            # A list: the tags that are looked for change on the way.
            for image in list(root.iter("img")):
                _image_to_link(image)
            for link in root.iter("a"):
                _check_link(link)

    renderer.preprocessors.deregister("html_block")
    renderer.inlinePatterns.deregister("html")
    # After inline patterns (20), which make the links.
    renderer.treeprocessors.register(Links(renderer), "harmless_links", 5)


def _image_to_text(image: Element) -> None:
    text = image.get("alt") or image.get("src", "")
    image.attrib.clear()
    image.tag, image.text = "span", text


def _image_to_link(image: Element) -> None:
    source = image.get("src", "")
    _image_to_text(image)
    image.tag = "a"
    image.set("href", source)


def _check_link(link: Element) -> None:
    # markdown leaves character references as they are, and a browser reads them.
    target = _IGNORED.sub("", unescape(link.get("href", "")))
    if _SCHEME.match(target) and not target.lower().startswith(_ALLOWED_SCHEMES):
        link.attrib.pop("href")
    else:
        link.set("rel", "noreferrer")
