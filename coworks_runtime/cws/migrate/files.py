"""The files of a project as they are on disk: their encoding and their line ends stay."""

import tokenize
from pathlib import Path


def encoding_of(file: Path) -> str:
    """What a file is written in: a module may say so itself.

    :raises OSError: it can't be opened.
    """
    if file.suffix != ".py":
        return "utf-8"
    try:
        with file.open("rb") as content:
            return tokenize.detect_encoding(content.readline)[0]
    except SyntaxError:
        # It names an encoding that isn't there, or isn't in the one that it is to be in.
        return "utf-8"


def write(file: Path, text: str) -> None:
    """Write a file anew, in the encoding and with the line ends that it has.

    :param text: its text, with Python's line ends.
    :raises OSError: it can't be written.
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return
    newline = "\r\n" if b"\r\n" in file.read_bytes() else "\n"
    file.write_text(text, encoding=encoding_of(file), newline=newline)
