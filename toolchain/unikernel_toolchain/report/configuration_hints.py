"""What is wrong when a config.ml and its application do not fit: errors in the module between."""

from __future__ import annotations

import re
from difflib import get_close_matches

from unikernel_toolchain.errors import CompileError
from unikernel_toolchain.model.config import Config
from unikernel_toolchain.model.configuration import KEY_GEN, MAIN

from . import configuration_places, excerpts

_PLACE = re.compile(rf'^File "({re.escape(MAIN)}|{re.escape(KEY_GEN)})", line', re.MULTILINE)
_APPLICATION = re.compile(r"^module (\w+) = ([A-Z][\w.]*)", re.MULTILINE)
_WITHOUT_VALUES = re.compile(r"\.start\)*\s*$")
_START = re.compile(r"\b([A-Z][\w.]*)\.start\b")


def mismatch(config: Config, output: str, main: str) -> CompileError | None:
    """Return the error for what a compiler said of a generated module, None if of another.

    `main` is the text of the main module.
    """
    place = _PLACE.search(output)
    if config.configuration is None or place is None:
        return None
    at_fault = _at_fault(main, output)
    started = _started(main, at_fault)
    named = configuration_places.quoted(config.configuration, started)
    label = config.configuration.label
    where = f"{label}, line {named.line}" if named else label
    return CompileError(
        f"{where} and the application do not fit: {started or place[1]}.",
        detail=excerpts.in_ocaml(output, excerpts.Sources({MAIN: main}, 1)).strip(),
        hint=_hint(started, at_fault, output),
    )


def _at_fault(main: str, output: str) -> str:
    """Return the line of the main module that a compiler's error is about, "" for none."""
    number = re.search(rf'^File "{re.escape(MAIN)}", lines? (\d+)', output, re.MULTILINE)
    lines = main.splitlines()
    index = int(number[1]) - 1 if number else len(lines)
    return lines[index] if index < len(lines) else ""


def _started(main: str, line: str) -> str:
    """Return which of the application's modules a line is about, as config.ml names it.

    The line applies it, or starts it: by its own name where it is no functor.
    """
    if application := _APPLICATION.match(line):
        return str(application[2])
    if start := _START.search(line):
        applied = dict(_APPLICATION.findall(main))
        return str(applied.get(start[1], start[1]))
    return ""


def _hint(started: str, at_fault: str, output: str) -> str:
    if started and re.search(rf'Unbound module "?{re.escape(started)}', output):
        stem, _, inner = started.partition(".")
        return f"Is there a module {inner or stem} in {stem[:1].lower()}{stem[1:]}.ml?"
    if "start" in output and "Unbound value" in output:
        return f"{started} needs a start, a function of its devices' values."
    if started and (needs := _needs(started, at_fault, excerpts.plain(output))):
        return needs
    if started and _START.search(at_fault):
        return (
            f"The start of {started} is a promise, _ Lwt.t, where config.ml gives it no device, "
            "and a function of the devices' values to one where it does."
        )
    return (
        f"The types before job in config.ml are those of the parameters of {started}, in their "
        "order; start takes a value for each of them, and one for each of ~deps behind."
        if started
        else "A key's converter at run time is an OCaml expression: does its module exist?"
    )


def _needs(started: str, at_fault: str, said: str) -> str:
    """Return what is wrong with a functor or its start, from the types that a compiler tells."""
    if "is a functor, it cannot have any components" in said:
        return (
            f"{started} takes more modules than config.ml gives it: each has its type before job, "
            "as in time @-> console @-> job."
        )
    if "applied to too many arguments" in said:
        return (
            f"The start of {started} takes too few values: one for each of its devices, in their "
            "order, and one for each of ~deps behind."
        )
    result = re.search(r"has type (.+?) but an expression was expected of type '\w+ Lwt\.t", said)
    if result and "->" in result[1]:
        if _WITHOUT_VALUES.search(at_fault):
            return ""
        return (
            f"The start of {started} takes more values than it is given: one for each of its "
            "devices, in their order, and one for each of ~deps behind."
        )
    if result:
        return (
            f"The start of {started} gives {result[1]}, where a promise is wanted: Lwt.return_unit "
            "is one that is done."
        )
    return ""


def missing_key(config: Config, output: str, key_gen: str) -> str:
    """Return how to come by a key that an application asks for and config.ml has not."""
    missing = re.search(r'Unbound value "?Key_gen\.(\w+)', output)
    if config.configuration is None or missing is None:
        return ""
    known = re.findall(r"^let (\w+)", key_gen, re.MULTILINE)
    close = get_close_matches(missing[1], known, n=1)
    meant = f"Did you mean Key_gen.{close[0]}? " if close else ""
    return (
        f"{meant}{config.configuration.label} gives the application no key {missing[1]}: create "
        "it, and name it in foreign ~keys:[ Key.abstract key ]."
    )
