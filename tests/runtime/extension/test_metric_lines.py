"""Where the lines of metrics go: to what standard output is at the time, whole and in order."""

import os
import sys
from contextlib import contextmanager, redirect_stdout
from io import StringIO

import pytest
from awslambdaric.bootstrap import Unbuffered as ClientsStream

from coworks_runtime.extension.lines import Lines
from coworks_runtime.on_lambda.loop.log_sink import Unbuffered as LoopsStream


@contextmanager
def output(wrapped):
    """A pipe as standard output; gives what reads all that was written."""
    reading, writing = os.pipe()
    with (
        open(reading) as read,
        open(writing, "w") as written,
        redirect_stdout(wrapped(written)),
    ):
        yield lambda: (written.close(), read.read())[1]


def plain(stream):
    return stream


class Upper:
    """What a user may have put in the place of standard output."""

    def __init__(self, stream):
        self._stream = stream

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def write(self, text):
        return self._stream.write(text.upper())


class Unbuffered(Upper):
    """The same, with the name of the client's."""


@pytest.mark.parametrize("wrapped", [ClientsStream, LoopsStream, plain])
@pytest.mark.parametrize("length", [1, 4095, 4096, 30_000])
def test_lines_are_whole_and_between_what_else_is_printed(wrapped, length):
    line = "x" * length + "\n"
    with output(wrapped) as written:
        lines = Lines()
        sys.stdout.write("before\n")
        lines.write(line)
        sys.stdout.write("between\n")
        lines.write(line)
        assert written() == f"before\n{line}between\n{line}"


@pytest.mark.parametrize("wrapped", [ClientsStream, LoopsStream])
def test_a_line_goes_to_the_descriptor_in_one_write(wrapped, monkeypatch):
    written = []
    monkeypatch.setattr(os, "write", lambda _descriptor, data: written.append(data))
    with output(wrapped):
        Lines().write("one\n")
    assert written == [b"one\n"]


@pytest.mark.parametrize("wrapped", [Upper, Unbuffered])
def test_what_a_user_puts_in_its_place_is_written_to(wrapped):
    with output(wrapped) as written:
        Lines().write("told\n")
        assert written() == "TOLD\n"


def test_another_standard_output_is_met_at_once():
    lines = Lines()
    with output(ClientsStream) as written:
        lines.write("one\n")
        caught = StringIO()
        with redirect_stdout(caught):
            lines.write("two\n")
        lines.write("three\n")
        assert caught.getvalue() == "two\n"
        assert written() == "one\nthree\n"


def test_what_captures_it_gets_the_lines(capsys):
    Lines().write("told\n")
    assert capsys.readouterr().out == "told\n"


def test_a_client_around_something_without_a_descriptor_is_written_to(monkeypatch):
    caught = StringIO()
    monkeypatch.setattr(sys, "stdout", ClientsStream(caught))
    Lines().write("told\n")
    assert caught.getvalue() == "told\n"
