"""What the function's own Python compiles, in this process: names on Lambda, and docstrings."""

import importlib.util
import marshal
from pathlib import Path

from coworks_cdk.packaging.compile_modules import main

MODULE = '''
"""What the module is."""


class Told:
    """What the class is."""

    def method(self):
        """What the method is."""


async def function():
    """What the function is."""
'''


def compiled(path):
    """The header of what is compiled of a module, and its code."""
    data = Path(importlib.util.cache_from_source(str(path))).read_bytes()
    return data[:16], marshal.loads(data[16:])


def docstrings(code):
    """All constants of code that are texts with a space in them, as docstrings are."""
    for constant in code.co_consts:
        if hasattr(constant, "co_consts"):
            yield from docstrings(constant)
        elif isinstance(constant, str) and " " in constant:
            yield constant


def test_modules_have_their_names_on_lambda_and_are_never_compared(tmp_path):
    (tmp_path / "package" / "__pycache__").mkdir(parents=True)
    (tmp_path / "package" / "__pycache__" / "old.py").write_text("no python")
    (tmp_path / "package" / "module.py").write_text(MODULE)
    (tmp_path / "package" / "data.txt").write_text("no python")
    assert main(str(tmp_path), "/var/task") == {}
    header, code = compiled(tmp_path / "package" / "module.py")
    assert code.co_filename == "/var/task/package/module.py"
    # https://peps.python.org/pep-0552/: a hash of the source, which isn't checked.
    assert int.from_bytes(header[4:8], "little") == 0b01
    assert len([*docstrings(code)]) == 4


def test_docstrings_stay_where_they_are_read(tmp_path):
    for name in ("read", "unread"):
        (tmp_path / f"{name}.py").write_text(MODULE)
        for folder in (tmp_path / name, tmp_path / "unread" / f"{name}s"):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "__init__.py").write_text(MODULE)
    assert main(str(tmp_path), "/opt/python", "read", "read.py", "unread/reads") == {}
    for path in tmp_path.rglob("*.py"):
        _, code = compiled(path)
        is_read = path.relative_to(tmp_path).as_posix().startswith(("read", "unread/reads/"))
        assert len([*docstrings(code)]) == (4 if is_read else 0)
        assert code.co_filename == f"/opt/python/{path.relative_to(tmp_path)}"


def test_what_does_not_compile_is_told_with_its_line(tmp_path):
    (tmp_path / "wrong.py").write_text("a = 1\nb = (\n")
    (tmp_path / "null.py").write_text("a\0b")
    (tmp_path / "right.py").write_text("a = 1")
    failed = main(str(tmp_path), "/var/task")
    assert failed["wrong.py"] == "line 2: '(' was never closed"
    assert "null bytes" in failed["null.py"]
    assert set(failed) == {"wrong.py", "null.py"}
