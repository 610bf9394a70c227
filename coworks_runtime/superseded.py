"""Methods that CoWorks called and this package never does: who overrides one is told."""

from __future__ import annotations

import warnings

_INSTEAD = {
    "init_app": "do it in __init__, after super().__init__()",
    "init_cli": "add commands to app.cli in __init__",
    "_check_token": "write token_authorizer",
    "_token_handler": "write token_authorizer",
    "header_autorizer_token": "set authorization_header",
    "header_authorizer_token": "set authorization_header",
}


def warn_of_superseded(cls: type, base: type) -> None:
    """Warn of what a class overrides in vain.

    :param cls: the class of a service or of a blueprint.
    :param base: the class of this package that it extends.
    """
    own = {name for c in cls.__mro__[: cls.__mro__.index(base)] for name in vars(c)}
    for name in sorted(own & _INSTEAD.keys()):
        warnings.warn(
            f"{cls.__qualname__}.{name} is never called here, as it was in CoWorks: "
            f"{_INSTEAD[name]}",
            stacklevel=3,
        )
