"""The services of an app, each read once, and beside one another where they are known."""

from __future__ import annotations

import atexit
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import ClassVar
from weakref import WeakKeyDictionary

from coworks_cdk.context import STAGE_VARIABLE
from coworks_cdk.describer import AsideReading
from coworks_cdk.description_process import (
    DescriptionProcess,
    base_environment,
    question,
    starting_environment,
)
from coworks_cdk.last_synth import LastSynth, ReadService, digest_of

#: How many begin together: each has files open, of which a process may have some hundred.
_MOST = 40

_Key = tuple[str, str, frozenset[tuple[str, str]]]


class Descriptions:
    """The services of one app, each read once: the same code in the same environment is the same.

    Sources may change between two apps of one process, and not while one is declared.

    A constructor says what is to be read and waits for it, so that the next service could begin no
    earlier than that. A program that is what it was when it synthesized last has said it already:
    with its first service all those begin that it had then, side by side. Values of variables are
    remembered nowhere, so that services with variables of their own begin with the first that has
    the same ones.
    """

    _of_apps: ClassVar[WeakKeyDictionary[object, Descriptions]] = WeakKeyDictionary()
    _apps: ClassVar[list[Descriptions]] = []

    def __init__(self) -> None:
        self._readings: dict[_Key, DescriptionProcess] = {}
        self._aside: dict[_Key, AsideReading] = {}
        self._circumstances: object = None
        self._expected: list[ReadService] = []
        self._salt = ""
        self._last = LastSynth.of_this_program()
        # What another app of this process has is nothing to this one.
        if self._last is not None and not self._apps:
            self._salt, self._expected = self._last.services()
            atexit.register(self._remember)
        self._apps.append(self)

    @classmethod
    def of(cls, root: object) -> Descriptions:
        """Those of this app.

        :param root: the root of its constructs.
        """
        if root not in cls._of_apps:
            cls._of_apps[root] = cls()
        return cls._of_apps[root]

    def read(
        self,
        app: str,
        *,
        project_dir: str,
        environment: Mapping[str, str],
        later: Collection[str] = (),
    ) -> DescriptionProcess:
        """Begin to read a service, unless it was read; see ``DescriptionProcess``."""
        key = (app, project_dir, frozenset(environment.items()))
        reading = self._readings.get(key)
        if reading is None or not reading.answered:
            self._begin_aside(key, environment, later)
            reading = DescriptionProcess(
                app,
                project_dir=project_dir,
                environment=environment,
                later=later,
                aside=self._begun(key),
            )
            self._readings[key] = reading
        return reading

    def _begin_aside(
        self, key: _Key, environment: Mapping[str, str], later: Collection[str]
    ) -> None:
        """Begin the services that are expected with these variables, if this is one of them."""
        if not self._expected or key in self._aside:
            return
        variables = digest_of(environment, self._salt)
        wanted = [one for one in self._expected if one.environment == variables]
        if len(wanted) < 2 or not any(one[:2] == key[:2] for one in wanted):
            return
        self._expected = [one for one in self._expected if one not in wanted]
        self._circumstances = self._circumstances or _circumstances()
        environments = [{**environment, STAGE_VARIABLE: one.stage} for one in wanted[:_MOST]]
        questions = [
            question(one.app, one.project_dir, given, later)
            for one, given in zip(wanted, environments, strict=False)
        ]
        # Where no more files can be opened, they are read as they are declared.
        with suppress(OSError):
            begun = AsideReading.begin(questions, starting_environment(environment))
            for one, given, reading in zip(wanted, environments, begun, strict=False):
                self._aside[one.app, one.project_dir, frozenset(given.items())] = reading

    def _begun(self, key: _Key) -> AsideReading | None:
        """The reading that has begun already, where all is as it was then."""
        reading = self._aside.pop(key, None)
        if reading is not None and self._circumstances != _circumstances():
            reading.close()
            return None
        return reading

    def _remember(self) -> None:
        """Called when the process ends."""
        if self._last is not None and len(self._apps) == 1:
            salt = self._last.salt
            self._last.remember(
                [
                    ReadService(
                        app,
                        project_dir,
                        dict(environment)[STAGE_VARIABLE],
                        digest_of(dict(environment), salt),
                    )
                    for (app, project_dir, environment), reading in self._readings.items()
                    if reading.succeeded
                ]
            )


def _circumstances() -> tuple[dict[str, str], Path]:
    """What of this process a service is read with."""
    return base_environment(), Path.cwd()
