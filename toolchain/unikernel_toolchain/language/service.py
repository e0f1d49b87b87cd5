"""Answers for somebody who is typing: what is known within a moment, and never an exception."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from unikernel_toolchain.build import libraries
from unikernel_toolchain.configuration import host_library
from unikernel_toolchain.errors import ToolchainError
from unikernel_toolchain.library_os.library_os import SOURCES
from unikernel_toolchain.model.config import Config
from unikernel_toolchain.store import cache
from unikernel_toolchain.tools.locate import locate
from unikernel_toolchain.tools.progress import Steps
from unikernel_toolchain.tools.run import Stop

from . import compiled, merlin, program
from .background import Background
from .names import Description, Name, Place
from .program import Program

Answer = TypeVar("Answer")
# For what is not known yet, twice a question: JupyterLab drops completions that take 1 s.
WAIT_S = 0.35
_KEPT = 64  # requests
_NAMED = 3  # packages that are being compiled
_AGAIN = "ask again in a moment."
_CONFIG = "config.ml"  # the key of what a config.ml is compiled against


class Service:
    """Completes and describes names in programs. What has to be built first is built meanwhile.

    A program's libraries are those of its Config; without one it is a config.ml. Answers are empty
    where nothing is known, or not yet.
    """

    def __init__(self) -> None:
        self._stop = Stop()
        self._configs: dict[str, Config] = {}  # by key, those asked about last
        self._folders: Background[tuple[str, ...]] = Background(self._find)
        self._built: Background[bool] = Background(self._build)
        self._program: Background[Program] = Background(self._make_program)

    def close(self) -> None:
        """End what is being built."""
        self._stop.request()

    def prepare(self) -> None:
        """Begin to build what any question needs."""
        self._program.get("", 0)

    def preparing(self, config: Config | None) -> str:
        """Return what questions about a program wait for, in a sentence; "" when for nothing."""
        key = _key(config)
        if self._built.is_awaited(key):
            folders = self._folders.get(key, 0) or ()
            absent = [Path(folder).name for folder in folders if not Path(folder).is_dir()]
            of = ", ".join(absent[:_NAMED]) + (" and others" if len(absent) > _NAMED else "")
            return f"The types of {of or 'the library OS'} are being prepared: {_AGAIN}"
        if self._program.is_awaited("") or self._folders.is_awaited(key):
            return f"The types of this cell's packages are being prepared: {_AGAIN}"
        return ""

    def complete(self, config: Config | None, place: Place) -> tuple[Name, ...]:
        """Return the names that may stand at a place."""
        # Merlin takes the sign before a label for a part of its name.
        of_merlin = None if place.is_label else merlin.complete
        return self._answer(config, place, of_merlin, compiled.complete) or ()

    def describe(self, config: Config | None, place: Place) -> Description | None:
        """Return what the name at a place means."""
        return self._answer(config, place, merlin.describe, compiled.describe)

    def _answer(
        self,
        config: Config | None,
        place: Place,
        of_merlin: Callable[[Path, Place, tuple[str, ...]], Answer] | None,
        of_compiled: Callable[[Program, Place, tuple[str, ...]], Answer],
    ) -> Answer | None:
        folders = self.folders(config)
        asked = merlin.program()
        try:
            if asked and of_merlin and (answer := of_merlin(asked, place, folders)):
                return answer
            built = self._program.get("", WAIT_S)
            return of_compiled(built, place, folders) if built else None
        except (ToolchainError, OSError, ValueError):
            return None

    def folders(self, config: Config | None) -> tuple[str, ...]:
        """Return the folders of the interfaces of a program's libraries, as far as known."""
        key = _key(config)
        if config:
            self._configs.pop(key, None)
            self._configs[key] = config
            for oldest in list(self._configs)[:-_KEPT]:
                del self._configs[oldest]
        found = self._folders.get(key, WAIT_S) or ()
        # Ours that are not compiled yet are, for the next question.
        if not all(Path(folder).is_dir() for folder in found):
            self._built.get(key, 0)
        return found

    # ---- made in the background

    def _find(self, key: str) -> tuple[str, ...]:
        if key == _CONFIG:
            return host_library.expected(locate(), self._stop).search[1::2]
        packages = libraries(self._configs[key], stop=self._stop)
        return tuple(dict.fromkeys(package.folder for package in packages))

    def _build(self, key: str) -> bool:
        cache.make_folder(cache.root())
        if key == _CONFIG:
            library = host_library.expected(locate(), self._stop)
            host_library.ensure(library, Steps(_unheard, host_library.STEPS), self._stop)
        else:
            libraries(self._configs[key], compiled=True, stop=self._stop)
        return True

    def _make_program(self, _key: str) -> Program:
        made = program.expected()
        program.ensure(made, self._stop)
        return made


def _unheard(_what: str, _done: int, _total: int) -> None:
    """Hear of nothing."""


def _key(config: Config | None) -> str:
    """Return what changes with a program's libraries; its text is of no account, but for Logs."""
    if config is None:
        return _CONFIG
    logs = any("Logs" in text for text in config.sources.values())
    facts = (config.target, config.packages, config.devices, config.configuration, logs)
    return repr((str(SOURCES), *facts))
