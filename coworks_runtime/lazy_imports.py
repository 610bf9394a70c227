"""Parts of Flask that a function doesn't need for its first answer, imported when they are used.

Importing Flask imports its development server, its test client, its command line and Jinja, which
together take as long as all the rest. Most functions use none of them. :func:`importing_flask` leaves
them out, so that nobody but Flask's own modules can tell:

- While Flask is imported, a :class:`_LazyModule` stands in ``sys.modules`` for each module of
  :data:`_LAZY`, and is gone from there afterwards: who imports ``jinja2`` or ``werkzeug.serving``
  then, imports it as ever.
- What remains is in the globals of the modules that imported it: the stand-in of a module, or a
  :class:`_LazyName` for a name that was taken out of it. At each use they hand on to the real
  one. Names get one only where :data:`_LAZY` lists them: those that are called, or are a class's
  attribute, and nothing else. Any other name imports the module at once.
- The packages, which users take names from, keep no stand-in: they import what is asked of them
  when it is (:pep:`562`).
- The group of commands that Flask makes for each service and blueprint becomes one when somebody
  looks at it.

Where Flask is imported already, as under ``flask run``, nothing of this happens.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

_LAZY: dict[str, tuple[str, ...]] = {
    "click": (),
    "difflib": (),
    "email.utils": (),
    "flask.cli": ("AppGroup",),
    "flask.templating": (
        "DispatchingJinjaLoader",
        "Environment",
        "_default_template_ctx_processor",
        "render_template",
        "render_template_string",
        "stream_template",
        "stream_template_string",
    ),
    "hashlib": ("sha1",),
    "hmac": (),
    "jinja2": ("BaseLoader", "FileSystemLoader"),
    "msgspec.inspect": (),
    "secrets": (),
    "werkzeug.formparser": ("FormDataParser", "default_stream_factory"),
    "werkzeug.serving": ("is_running_from_reloader", "run_simple"),
    "werkzeug.test": ("Client",),
    "werkzeug.urls": ("_urlencode", "iri_to_uri", "uri_to_iri"),
}
"""The modules, each with the names that the importing modules may have stand-ins for."""


@contextmanager
def importing_flask() -> Iterator[None]:
    """Import Flask in this context, and what is lazy is left out."""
    if "flask" in sys.modules:
        yield
        return
    stand_ins = {name: _LazyModule(name) for name in _LAZY if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for stand_in in stand_ins.values():
            stand_in.leave()
    for package in {name.partition(".")[0] for name in stand_ins if "." in name}:
        _import_on_request(sys.modules[package])


class _LazyModule(ModuleType):
    """Stands for a module in the globals of those that imported it."""

    def leave(self) -> None:
        """Leave ``sys.modules``, so that the module itself can be imported."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]

    def imported(self) -> ModuleType:
        """Import the module."""
        self.leave()
        return import_module(self.__name__)

    def __getattr__(self, name: str) -> Any:
        if name == "__path__":  # the import system asks for it, and needs none
            raise AttributeError(name)
        is_imported = sys.modules.get(self.__name__, self) is not self
        if name not in _LAZY[self.__name__] or is_imported:
            return getattr(self.imported(), name)
        return _LazyClassOfGroups(self, name) if name == "AppGroup" else _LazyName(self, name)


class _LazyName:
    """Stands for a function or a class in the globals of those that imported it."""

    def __init__(self, module: _LazyModule, name: str) -> None:
        self._module = module
        self._name = name

    def imported(self) -> Any:
        """Import what this stands for."""
        return getattr(self._module.imported(), self._name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.imported()(*args, **kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self.imported()


class _LazyClassOfGroups(_LazyName):
    """Stands for the class of the command groups that Flask makes."""

    def __call__(self) -> Any:
        return _LazyGroup(self)


class _LazyGroup:
    """A group of commands without any, which becomes a real one when it is looked at."""

    def __init__(self, cls: _LazyName) -> None:
        self._cls = cls
        self.commands: dict[str, Any] = {}

    def _become(self) -> Any:
        own = vars(self).copy()
        cls = own.pop("_cls").imported()
        vars(object)["__class__"].__set__(self, cls)
        cls.__init__(self)
        vars(self).update(own)
        return self

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return type(self._become())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._become(), name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._become()(*args, **kwargs)

    def __repr__(self) -> str:
        return repr(self._become())


def _import_on_request(package: ModuleType) -> None:
    """Let a package import what it has stand-ins for, and its lazy submodules, when it is asked."""
    content = vars(package)
    stand_ins = {k: v for k, v in content.items() if isinstance(v, _LazyModule | _LazyName)}
    for name in _LAZY:
        parent, _, child = name.rpartition(".")
        if parent == package.__name__ and child not in content:
            stand_ins[child] = _LazyModule(name)
    otherwise = content.get("__getattr__")

    def import_name(name: str) -> Any:
        if name in stand_ins:
            value = content[name] = stand_ins[name].imported()
            return value
        if otherwise is not None:
            return otherwise(name)
        raise AttributeError(f"module {package.__name__!r} has no attribute {name!r}")

    for name in stand_ins:
        content.pop(name, None)
    names = [name for name in (*content, *stand_ins) if not name.startswith("_")]
    content.setdefault("__all__", names)
    content["__dir__"] = lambda: sorted({*content, *stand_ins})
    content["__getattr__"] = import_name
