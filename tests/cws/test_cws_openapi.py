"""``cws openapi``: a document without a server, and the check that keeps clients whole."""

import json

from openapi_spec_validator import validate

BEFORE = """
    import msgspec

    from coworks_runtime import TechMicroService, entry


    class Item(msgspec.Struct):
        name: str
        size: int = 0


    class Shop(TechMicroService):
        \"\"\"A shop.\"\"\"

        @entry(no_auth=True)
        def get_item(self, number: int, *, page: int = 1) -> Item:
            return Item("x")


    app = Shop()
"""


def call(project, *options, status=0):
    called = project.process("--app", "shop", "openapi", *options)
    assert called.returncode == status, called
    return called


def test_the_document_is_printed_and_written(project):
    project.write("tech/shop.py", BEFORE)
    document = json.loads(call(project).stdout)
    validate(document)
    assert document["info"]["title"] == "shop"
    assert set(document["paths"]) == {"/item/{number}"}
    assert call(project, "-o", "shop.json").stdout == ""
    assert json.loads((project.folder / "shop.json").read_text()) == document


def test_what_breaks_clients_is_told_and_fails(project):
    project.write("tech/shop.py", BEFORE)
    call(project, "-o", "shop.json")
    same = call(project, "--check", "shop.json")
    assert (same.stdout, same.stderr) == ("", "Nothing breaks clients of shop.json.\n")
    changed = BEFORE.replace("page: int = 1", "page: int").replace("        size: int = 0\n", "")
    project.write("tech/shop.py", changed)
    before = (project.folder / "shop.json").read_text()
    refused = call(project, "--check", "shop.json", "-o", "shop.json", status=1)
    assert refused.stdout.splitlines() == [
        "GET /item/{number}: query parameter 'page' is required now",
        "GET /item/{number}: answer 200, size: the field is gone",
    ]
    assert "2 of these changes break clients of shop.json" in refused.stderr
    assert (project.folder / "shop.json").read_text() == before


def test_what_can_not_be_compared_is_refused(project):
    project.write("tech/shop.py", BEFORE)
    project.write("text.json", "no")
    assert "text.json is not JSON" in call(project, "--check", "text.json", status=1).stderr
    project.write("list.json", "[]")
    assert "no OpenAPI 3 document" in call(project, "--check", "list.json", status=1).stderr
    project.write("tech/shop.py", "from flask import Flask\napp = Flask('plain')\n")
    assert "only a TechMicroService describes itself" in call(project, status=1).stderr
