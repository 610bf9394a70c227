"""Parts of Flask that a function doesn't need for its first answer, imported when they are used.

Importing Flask imports its development server, its test client, its command line and Jinja, which
together take as long as all the rest. Most functions use none of them. In Lambda, where all wait
for a start, :func:`importing_flask` leaves them out, so that nobody can tell:

- While Flask is imported, a :class:`_LazyModule` stands in ``sys.modules`` for each module of
  :data:`_LAZY`, and is gone from there afterwards: who imports ``jinja2`` or ``werkzeug.serving``
  then, imports it as ever.
- What remains is in the globals of the modules that imported it: the stand-in of a module, or a
  :class:`_LazyName` for a name that was taken out of it. At each use they hand on to the real
  one. Names get one only where :data:`_LAZY` lists them: those that are called, or are a class's
  attribute, and nothing else. Any other name imports the module at once.
- The packages, which users take names from, keep no stand-in: they import what is asked of
  them when it is.
- The group of commands that Flask makes for each service and blueprint becomes one when somebody
  looks at it.
- Regular expressions that modules compile meanwhile are compiled when they are used.
- Garbage isn't collected meanwhile, nor is what is there then looked through later: what modules
  define is none, and to look through all of it again and again takes time.

Elsewhere than in Lambda nothing of this happens, nor where Flask is imported already, nor with
another version of it than this was verified with, nor where something hooks into imports, as
tracers do: it wants to meet the modules.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

from coworks_runtime.verified import is_verified

from .late_patterns import compiling_late

_LAZY: dict[str, tuple[str, ...]] = {
    "base64": ("b64decode", "b64encode"),
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
    "ipaddress": (),
    "jinja2": ("BaseLoader", "FileSystemLoader"),
    "mimetypes": (),
    "msgspec.inspect": (),
    "msgspec.msgpack": (),
    "msgspec.toml": (),
    "msgspec.yaml": (),
    "pkgutil": (),
    "pprint": ("pformat",),
    "secrets": (),
    "unicodedata": (),
    "werkzeug.formparser": ("FormDataParser", "default_stream_factory"),
    "werkzeug.serving": ("is_running_from_reloader", "run_simple"),
    "werkzeug.test": ("Client",),
    "werkzeug.urls": ("_urlencode", "iri_to_uri", "uri_to_iri"),
    "zlib": ("adler32",),
}
"""The modules, each with the names that the importing modules may have stand-ins for."""

_ALONG = (
    "email.base64mime",
    "email.charset",
    "email.encoders",
    "email.errors",
    "email.feedparser",
    "email.header",
    "email.iterators",
    "email.message",
    "email.parser",
    "email.quoprimime",
    "http.client",
    "http.server",
    "importlib.abc",
    "importlib.metadata",
    "importlib.resources",
    "werkzeug.sansio.multipart",
)
"""Submodules that these import: who imported their package only may count on them."""

_FINDERS = frozenset({"_frozen_importlib", "_frozen_importlib_external", "_distutils_hack", "six"})
"""The modules of the finders that only find; ``setuptools`` brings ``_distutils_hack``."""


@contextmanager
def importing_flask() -> Iterator[None]:
    """Import Flask in this context, and what is lazy is left out."""
    if not _is_worth_it():
        yield
        return
    stand_ins = {name: _LazyModule(name) for name in _LAZY if name not in sys.modules}
    sys.modules.update(stand_ins)
    is_collecting = gc.isenabled()
    gc.disable()
    try:
        with compiling_late():
            yield
    finally:
        gc.freeze()
        if is_collecting:
            gc.enable()
        for stand_in in stand_ins.values():
            stand_in.leave()
        for package in {name.rpartition(".")[0] for name in (*stand_ins, *_ALONG)}:
            if package in sys.modules:
                _import_on_request(sys.modules[package])


def _is_worth_it() -> bool:
    if "AWS_LAMBDA_FUNCTION_NAME" not in os.environ or "flask" in sys.modules:
        return False
    finders = {getattr(finder, "__module__", "").rpartition(".")[2] for finder in sys.meta_path}
    return finders <= _FINDERS and is_verified()


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

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.imported(), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self.imported(), name)


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

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self.imported(),)

    def __getattr__(self, name: str) -> Any:
        # Not whatever is looked for, a decorator's mark say: that would import too much.
        if name in {"__name__", "__qualname__", "__wrapped__", "__code__"}:
            return getattr(self.imported(), name)
        raise AttributeError(name)

    def __eq__(self, other: object) -> bool:
        return bool(self.imported() == other)

    def __hash__(self) -> int:
        return hash(self.imported())

    def __deepcopy__(self, _memo: dict[int, Any]) -> Any:
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

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        lazy = vars(self).get("_cls")
        return type(self) if lazy is None else lazy.imported()

    def __getattr__(self, name: str) -> Any:
        return getattr(_real_group(self), name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _real_group(self)(*args, **kwargs)

    def __repr__(self) -> str:
        return repr(_real_group(self))

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _real_group(self).__reduce_ex__(protocol)


def _real_group(group: _LazyGroup) -> Any:
    """Make a group a real one, in place, whichever thread comes first."""
    lazy = vars(group).get("_cls")
    if lazy is not None:
        cls = lazy.imported()
        for name, value in vars(cls()).items():
            vars(group).setdefault(name, value)
        vars(object)["__class__"].__set__(group, cls)
        vars(group).pop("_cls", None)
    return group


def _import_on_request(package: ModuleType) -> None:
    """Let a package import what it has stand-ins for, and its lazy submodules, when it is asked."""
    content = vars(package)
    late: dict[str, _LazyModule | _LazyName] = {
        name: value for name, value in content.items() if isinstance(value, _LazyModule | _LazyName)
    }
    for name in (*_LAZY, *_ALONG):
        parent, _, child = name.rpartition(".")
        if parent == package.__name__ and child not in content:
            late[child] = _LazyModule(name)
    for name in late:
        content.pop(name, None)
    own = type(package)

    class Package(own):  # type: ignore[misc, valid-type]
        """A package that imports what is asked of it when it is."""

        def __getattr__(self, name: str) -> Any:
            if name in late:
                return late[name].imported()
            raise AttributeError(f"module {package.__name__!r} has no attribute {name!r}")

        def __dir__(self) -> list[str]:
            return sorted({*content, *late})

    if "__all__" not in content:
        # A star takes the late names too.
        names = property(lambda _: [n for n in {**content, **late} if not n.startswith("_")])
        Package.__all__ = names
    package.__class__ = Package
