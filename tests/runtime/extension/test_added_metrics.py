"""What is added to a request's line: from threads, too late, of other types, too much of it."""

import asyncio
import json
import sys
import threading
from decimal import Decimal
from threading import Barrier, Event, Thread

import pytest
from flask import Response
from jsonschema import Draft202012Validator

from coworks_runtime import TechMicroService, entry
from coworks_runtime.errors import MetricsError
from coworks_runtime.extension.added import Added
from coworks_runtime.extension.emf import MAX_LINE, as_dimension, directive
from coworks_runtime.extension.metrics import Metrics
from coworks_runtime.observing.observe import observe
from tests.runtime.conftest import LambdaCaller, LocalCaller
from tests.runtime.extension.test_metrics import SCHEMA


class Adding(TechMicroService):
    """Does what a test says."""

    @entry(no_auth=True)
    def get(self):
        return str(self.work())


@pytest.fixture
def adding(monkeypatch):
    """A service as on Lambda, and its metrics."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
    app = Adding()
    return app, Metrics(app, namespace="Shop of ours")


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def call(app, work, path="/"):
    app.work = work
    return LambdaCaller(app).get(path).text


@pytest.fixture
def often():
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("often")
def test_no_value_of_a_thread_is_lost(adding, capsys):
    app, metrics = adding
    together = Barrier(8)

    def add():
        together.wait(60)
        for number in range(10):
            metrics.add(f"metric{number % 3}", number, dimension={"part": "one"})

    def work():
        threads = [Thread(target=add) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    call(app, work)
    (line,) = lines(capsys)
    assert [len(line[f"metric{number}"]) for number in range(3)] == [32, 24, 24]


def test_requests_side_by_side_have_their_own_values(adding, capsys):
    app, metrics = adding
    together = Barrier(8)

    def work():
        number = local.number
        for name in ("first", "second"):
            together.wait(60)
            metrics.add(name, number, dimension={"caller": f"caller {number}"})

    def request(number):
        local.number = number
        LambdaCaller(app).get("/")

    local, app.work = threading.local(), work
    threads = [Thread(target=request, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = sorted((line["first"], line["second"], line["caller"]) for line in lines(capsys))
    assert found == [([number], [number], f"caller {number}") for number in range(8)]


def test_pools_and_coroutines_add_to_their_request(adding, capsys):
    app, metrics = adding

    async def work():
        metrics.add("in_coroutine", 1)
        await asyncio.to_thread(metrics.add, "in_thread", 2)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, metrics.add, "in_pool", 3)
        await asyncio.gather(*(asyncio.to_thread(metrics.add, "gathered", 4) for _ in range(3)))

    call(app, lambda: asyncio.run(work()))
    (line,) = lines(capsys)
    names = ("in_coroutine", "in_thread", "in_pool", "gathered")
    assert [line[name] for name in names] == [[1], [2], [3], [4, 4, 4]]


@pytest.mark.parametrize("where", ["lambda", "local", "test client"])
def test_what_a_response_does_when_it_is_closed_is_a_part_of_its_request(adding, where, capsys):
    app, metrics = adding
    closed = []

    @app.route("/closing")
    def closing():
        response = Response(part for part in ("a", "b"))
        response.call_on_close(lambda: (metrics.add("closed", 1), closed.append(True)))
        return response

    app.public_endpoints = ("closing",)
    if where == "local":
        caller = LocalCaller(app)
        assert caller.get("/closing").text == "ab"
        caller.close()
    elif where == "test client":
        assert app.test_client().get("/closing").text == "ab"
    else:
        assert call(app, None, "/closing") == "ab"
    assert closed == [True]
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert line["closed"] == [1]


def test_what_comes_while_its_request_ends_is_refused_once_the_line_is_written(monkeypatch, capsys):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
    told = []

    class Late:
        """Ends after the metrics, which come last."""

        def end(self, _call):
            with pytest.raises(MetricsError, match="after the end of its request") as refused:
                metrics.add("late", 1)
            told.append(refused.value)

    app = Adding()
    observe(app, Late())
    metrics = Metrics(app, namespace="Shop")
    for _ in range(3):  # the second line of an entry is made in another way than the first
        call(app, lambda: None)
    assert len(told) == 3
    assert "late" not in capsys.readouterr().out


def test_what_comes_after_the_end_of_its_request_is_refused(adding, capsys):
    app, metrics = adding
    answered, told = Event(), []

    def late():
        answered.wait(60)
        try:
            metrics.add("late", 1)
        except MetricsError as error:
            told.append(str(error))

    thread = Thread(target=late)
    call(app, thread.start)
    # Another request, whose line isn't that of the thread's either.
    call(app, lambda: (answered.set(), thread.join()))
    (refused,) = told
    assert refused.startswith("the metric 'late' was added after the end of its request, whose")
    assert not any("late" in line for line in lines(capsys))


def test_names_beyond_ascii_are_dimensions_that_cloudwatch_takes(adding, capsys):
    app, _ = adding
    app.name = "caf\u00e9"
    app.add_url_rule("/hot", "hot caf\u00e9", lambda: "hot")
    for _ in range(2):  # a cold start is told in another way
        call(app, None, "/hot")
    for line in lines(capsys):
        assert Draft202012Validator.is_valid(SCHEMA, line)
        assert (line["service"], line["entry"]) == (r"caf\xe9", r"hot caf\xe9")


def test_each_name_has_a_text_of_its_own_as_a_dimension():
    assert as_dimension("blueprint.get_item") == "blueprint.get_item"
    assert [as_dimension(name) for name in ("a\nb", "\u65e5")] == [r"a\nb", r"\u65e5"]
    assert len(as_dimension("x" * 2000)) == 1024


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"value": Decimal("1.5")}, "got a value of type Decimal; must be a finite number of at"),
        ({"value": 1j}, "2 ** 360, an int or a float"),
        ({"dimension": "country"}, "got a value of type str; must be a mapping of names to values"),
        ({"dimension": ["FR"]}, "got a value of type list; must be a mapping of names to values"),
        ({"dimension": {1: "x"}}, "the dimension's name 1: must be 1 to 250 characters"),
        ({"dimension": {"country": None}}, "'country': got a value of type NoneType; must be"),
        ({"unit": None}, "the unit of the metric 'm': got None; must be one of Count"),
    ],
)
def test_values_of_other_types_are_refused(adding, given, told):
    app, metrics = adding

    def work():
        with pytest.raises(MetricsError) as refused:
            metrics.add("m", **{"value": 1, **given})
        return refused.value

    assert told in call(app, work)


def test_a_line_is_never_longer_than_lambda_takes():
    added, own = Added(frozenset(), 2), ["service", "stage"]

    def add_all():
        for number in range(100):
            dimension = {f"d{number}-{n}": '"' * 500 for n in range(3)}
            added.add(f"{number}" * 200, 0.1234567890123456, "Count", dimension)

    with pytest.raises(MetricsError, match="would be of more than 262118 bytes, which Lambda cuts"):
        add_all()
    directives = [directive("n" * 255, [[*own, *names]], units) for names, units in added.sets()]
    line = json.dumps([directives, added.dimensions, added.values])
    assert MAX_LINE // 2 < len(line) < MAX_LINE - 12_000
    # What was refused isn't there, and what is short still fits.
    assert 40 < len(added.values) < 100
    added.add("short", 1, "None", {})


def test_a_namespace_is_counted_once(adding):
    app, _ = adding
    Metrics(app, namespace="Another")
    with pytest.raises(MetricsError, match="adding has Metrics of the namespace 'Shop of ours'"):
        Metrics(app, namespace="Shop of ours")
    Metrics(Adding(), namespace="Shop of ours")
