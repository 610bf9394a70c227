"""Reads the fenced blocks of Markdown files, and plays curl for those who haven't got it."""

import re
import shlex
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(
    r"^```(?P<language>\w+)?(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^```$", re.M | re.S
)


@dataclass(frozen=True)
class Block:
    file: Path
    line: int
    language: str
    title: str
    text: str

    def __str__(self):
        return f"{self.file.name}:{self.line}"


def blocks(file: Path) -> list[Block]:
    source = file.read_text(encoding="utf-8")
    return [
        Block(
            file,
            source.count("\n", 0, match.start()) + 1,
            match["language"] or "",
            match["title"] or "",
            match["text"],
        )
        for match in FENCE.finditer(source)
    ]


def titled(file: Path, title: str) -> str:
    return next(block.text for block in blocks(file) if block.title == title)


def calls(console: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with the output that follows it."""
    parts = re.split(r"^\$ ", console, flags=re.M)[1:]
    return [(command, output) for command, _, output in (part.partition("\n") for part in parts)]


def curl(command: str, base: str) -> str:
    """What ``curl`` would print, sent to ``base`` in place of the host that the text names."""
    words = shlex.split(command)
    assert words.pop(0) == "curl"
    method, headers, data, url = None, {}, None, ""
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-I":
            method = "HEAD"
        elif word == "-H":
            name, _, value = words.pop(0).partition(":")
            headers[name] = value.strip()
        elif word == "-d":
            data = words.pop(0).encode()
        else:
            url = re.sub(r"^http://127\.0\.0\.1:\d+", base, word)
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        response = opener.open(request, timeout=30)
    except urllib.error.HTTPError as error:
        response = error
    with response:
        if method == "HEAD":
            return f"HTTP/1.1 {response.status} {response.reason}\n"
        return response.read().decode()
