"""mypy and pyright check the calls of a client by the class that declares them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PYRIGHT = ROOT / "node_modules" / ".bin" / "pyright"
# In a comment, what a checker has to say of the line: nothing where there is none.
SOURCE = """
from typing import Annotated, Literal, assert_type

import msgspec

from coworks_runtime import Alias, Body, Query, TechMicroService, entry
from coworks_runtime.client import remote


class Item(msgspec.Struct):
    name: str


class Shop(TechMicroService):
    @entry(no_auth=True)
    def get(self) -> str:
        return "x"

    @entry
    def get_item(self, shelf: int, *, page: int = 1) -> Item:
        return Item("x")

    @entry
    def post_item(self, item: Body[Item], *, dry: Query[bool] = False) -> tuple[Item, Literal[201]]:
        return item, 201

    @entry(no_auth=True)
    def put_item(self, item: Body[Item]) -> tuple[Item, int, dict[str, str]]:
        return item, 200, {}

    @entry
    async def get_later(self) -> Item:
        return Item("x")

    @entry(background=True, no_auth=True)
    def post_report(self, name: str, *, year: int = 1) -> Item:
        return Item("x")

    @entry
    def get_orders(
        self, *, user: Annotated[int, Alias("user-id")], kind: Query[Annotated[str, Alias("class")]]
    ) -> int:
        return user

    @entry
    def get_files(self, *path: str) -> list[str]:
        return list(path)


@entry(no_auth=True)
def page() -> str:
    return "page"


assert_type(page(), str)
shop = remote(Shop, "http://127.0.0.1:1", token="t")
assert_type(shop.get(), str)
assert_type(shop.post_report("x", year=2), str)
assert_type(shop.get_item(1, page=2), Item)
assert_type(shop.post_item(Item("x"), dry=True), Item)
assert_type(shop.put_item(Item("x")), Item)
assert_type(shop.get_later(), Item)
assert_type(shop.get_files("a", "b"), list[str])
assert_type(shop.get_orders(user=1, kind="x"), int)
assert_type(remote(Shop(), Shop().test_client()).get_item(1), Item)
shop.get_item("x")  # WRONG
shop.get_item(1, pag=2)  # WRONG
shop.get_item()  # WRONG
shop.get_orders(user="x", kind="x")  # WRONG
shop.post_item({"name": "x"})  # WRONG
shop.get_itm(1)  # WRONG
shop.get_item(1).nam  # WRONG
"""
WRONG = [n for n, line in enumerate(SOURCE.splitlines(), 1) if line.endswith("# WRONG")]


@pytest.fixture
def source(tmp_path):
    file = tmp_path / "calls.py"
    file.write_text(SOURCE)
    return file


def told(output):
    return sorted(
        {int(line) for line in re.findall(r"calls\.py:(\d+)(?::\d+)?(?: -|:) error", output)}
    )


def test_mypy(source):
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", source]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told(result.stdout) == WRONG, result.stdout


@pytest.mark.skipif(not PYRIGHT.exists(), reason="make env installs pyright")
def test_pyright(source):
    command = [PYRIGHT, "--pythonpath", sys.executable, source]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told(result.stdout) == WRONG, result.stdout
