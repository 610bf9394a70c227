"""What the local gateway's command is told wrongly: an error that says so, and no traceback."""

import pytest

from coworks_cdk.local.__main__ import parser
from coworks_cdk.local.errors import LocalError
from tests.local.assemblies import service

ANSWER = "def handler(event, context): return {'statusCode': 200}"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--port", "65536"], "argument -p/--port: '65536' is no whole number from 0 to 65535"),
        (["--port", "-1"], "argument -p/--port: '-1' is no whole number from 0 to 65535"),
        (["--port", "8000.0"], "argument -p/--port: '8000.0' is no whole number"),
        (["--processes", "0"], "argument --processes: '0' is no whole number from 1 to 1000"),
        (["--debug", "many"], "argument --debug: 'many' is no whole number from 1 to 65535"),
    ],
)
def test_numbers_out_of_their_bounds(options, told, capsys):
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(options)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_numbers_within_their_bounds():
    assert parser().parse_args(["-p", "8080"]).port == 8080  # as in cws run
    options = parser().parse_args(["--port", "0", "--processes", "1", "--debug", "65535"])
    assert (options.port, options.processes, options.debug) == (0, 1, 65_535)


def test_ports_that_follow_the_last_one(serve):
    with pytest.raises(LocalError, match=r"port 65536: there is no such port; choose .*--port"):
        serve(ANSWER, settings={"port": 65_536})


def test_a_host_that_is_none(serve):
    with pytest.raises(LocalError, match=r"which is no host: .*; choose an address .*--host"):
        serve(ANSWER, service(), settings={"host": f"{'a' * 64}.invalid"})
