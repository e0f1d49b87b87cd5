"""A question: what is measured, of what, along which axes; and what each setting means.

    {"target": "unix", "memory_mib": 64, "streams": 4, "window": 16}
       a build option    a boot option      │             stands in the program as {{window}}
                               an option of the measurement

A name that is several of these is all of them. `{{name}}` also stands in values of boot options,
such as arguments and variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from unikernel.errors import UsageError, did_you_mean
from unikernel.model.exploration.found import FAILED
from unikernel.model.exploration.settings import Settings, grid, key, labels

from . import option_values
from .measurements import BOOT_OPTIONS, Kind
from .programs import BUILD_OPTIONS, Program

PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_COLUMNS = frozenset({"metric", "value", "unit", "sample", "worker", "at_s", FAILED})
_DEVICES = ("nets", "blocks")  # a list declares them in a build, anything else wires them


@dataclass(frozen=True)
class Question:
    """What is asked: a kind of measurement, a program, axes, and settings that stay the same."""

    kind: Kind
    program: Program
    axes: Mapping[str, tuple[object, ...]]
    fixed: Settings

    def __post_init__(self) -> None:
        for name in (*self.axes, *self.fixed):
            self._check(name)
        for name in self.axes.keys() & self.fixed.keys():
            raise UsageError(f"{name} is an axis, and given once more.", hint="Leave one out.")
        needing = next((name for name in (*self.axes, *self.fixed) if self._builds(name)), None)
        if needing:
            self.program.check_buildable(needing)
        for name in (*self.axes, *self.fixed):
            if name in {*self._boot_options, *BUILD_OPTIONS, *self._own_options}:
                option_values.check(name, self.axes.get(name) or (self.fixed[name],))

    def _check(self, name: str) -> None:
        if name in _COLUMNS:
            raise UsageError(f"{name!r} is a column of every table.", hint="Name it otherwise.")
        if name not in self.meanings():
            known = sorted(self.meanings())
            inside = ", ".join(self._parameters) or "none"
            raise UsageError(
                f"{name!r} is no setting of a sweep of {self.kind.name}.",
                hint=f"{did_you_mean(name, known)} Parameters of the program, "
                f"written {{{{name}}}} in it: {inside}.",
            )

    @property
    def _boot_options(self) -> frozenset[str]:
        return frozenset(BOOT_OPTIONS if self.kind.boots else ())

    @property
    def _own_options(self) -> frozenset[str]:
        """The options of a measurement of ours: those of a function are the caller's matter."""
        return self.kind.options if isinstance(self.kind.what, str) else frozenset()

    def meanings(self) -> set[str]:
        """Return every name that a setting may have."""
        return {*BUILD_OPTIONS, *self._boot_options, *self.kind.options, *self._parameters}

    @cached_property
    def _parameters(self) -> list[str]:
        """The names that stand in double braces, in the program or in a boot option."""
        given = (value for values in self.axes.values() for value in values)
        texts = option_values.texts((*given, *self.fixed.values()))
        found = {name for text in texts for name in PLACE.findall(text)}
        return sorted(found | self.in_program)

    @cached_property
    def in_program(self) -> frozenset[str]:
        """The names that stand in double braces in the program."""
        return frozenset(name for text in self.program.texts for name in PLACE.findall(text))

    def _builds(self, name: str) -> bool:
        if name in _DEVICES:
            values = self.axes.get(name) or (self.fixed[name],)
            return any(isinstance(value, list | tuple) for value in values)
        return name in BUILD_OPTIONS or name in self.in_program

    @property
    def subject(self) -> str:
        """What the program is called: as an image of it is to be, where that is said."""
        name = self.fixed.get("name")
        return name if isinstance(name, str) else self.program.name

    @property
    def title(self) -> str:
        """What is being done, in words."""
        count = 1
        for values in self.axes.values():
            count *= len(values)
        return f"{self.kind.name} of {self.subject} at {count:,} point{'s' * (count > 1)}"

    def points(self) -> Iterator[dict[str, object]]:
        """Yield the settings of each point, in the order of the axes."""
        return grid(self.axes)

    def identity(self) -> dict[str, object]:
        """Return what tells this question from others, as JSON has it.

        What the image is called is no part of it.
        """
        return {
            "what": self.kind.identity(),
            "subject": self.program.identity(),
            "axes": {
                name: [str(v) for _, v in _labelled(name, vs)] for name, vs in self.axes.items()
            },
            "fixed": {
                name: str(value)
                for name, value in sorted(labels(self.fixed).items())
                if name != "name"
            },
        }

    def build_settings(self, settings: Settings) -> dict[str, Any]:
        """Return the options that an image is built with at these settings, by build's names."""
        whole = {**self.fixed, **settings}
        found = {name: whole[name] for name in BUILD_OPTIONS if name in whole}
        for name in _DEVICES:
            if name in found and not isinstance(found[name], list | tuple):
                found[name] = self.program.devices_named(option_values.as_option(name, found[name]))
            if not found.get(name, True):
                del found[name]
        for name in ("packages", "without_passes"):
            if isinstance(value := found.get(name), str):
                found[name] = value.split()
        return found

    def substitutions(self, settings: Settings) -> dict[str, str]:
        """Return what each parameter stands for, as text of a program. Raises UsageError."""
        names = self._parameters
        whole = {**self.fixed, **settings}
        return {name: option_values.as_text(name, whole[name]) for name in names if name in whole}

    def measurement_settings(self, settings: Settings) -> dict[str, Any]:
        """Return what a measurement is called with at these settings."""
        whole = {**self.fixed, **settings}
        for name in self._own_options & whole.keys():
            option_values.check_one(name, whole[name])
        put = self.substitutions(settings)
        boot = self._boot_options
        found = {
            name: option_values.as_option(name, substituted(value, put)) if name in boot else value
            for name, value in whole.items()
            if name in boot | self.kind.options
        }
        return {
            name: value
            for name, value in found.items()
            if not (name in _DEVICES and isinstance(value, list | tuple))
        }


def _labelled(name: str, values: Iterable[object]) -> Iterator[tuple[str, str]]:
    for value in values:
        yield key({name: value})[0]


def substituted(value: Any, put: Mapping[str, str]) -> Any:
    """Return a value with its parameters replaced, wherever texts are in it."""
    if isinstance(value, str):
        return PLACE.sub(lambda place: put.get(place[1], place[0]), value)
    if isinstance(value, Mapping):
        return {name: substituted(each, put) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [substituted(each, put) for each in value]
    return value
