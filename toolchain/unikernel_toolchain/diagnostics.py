"""Turns what a compiler or linker said into errors for people."""

from __future__ import annotations

import re

from .config import Config
from .errors import CompileError, LinkError, ToolchainError
from .libos import SOURCES
from .modules import packages_with
from .plan import Step
from .planning import source_label
from .run import Finished

_OCAML_PLACE = re.compile(
    r'^File "([^"]+)", lines? (\d+)(?:-(\d+))?, characters (\d+)-(\d+):', re.MULTILINE
)
_OCAML_EXCERPT = re.compile(r"^(?: *\d+ \| .*\n(?: *[\^.]+ *\n)?)+", re.MULTILINE)
_UNBOUND = re.compile(
    r"Unbound (?:module|value|constructor|type constructor) (?:\w+ *in )?([A-Z]\w*)"
)
_NO_IMPLEMENTATION = re.compile(r"No implementations provided for the following modules:\s*(\w+)")
_UNDEFINED = re.compile(r"undefined reference to `([^']+)'")
_UNDEFINED_LIMIT = 12


def explain(config: Config, step: Step, finished: Finished) -> ToolchainError:
    """Return the error for a step that failed."""
    words = finished.text
    if finished.status < 0:
        return ToolchainError(
            f"Building {config.name!r}: {finished.command[0]} was killed by signal "
            f"{-finished.status}.",
            hint="Is the machine out of memory?",
            detail=words.strip(),
        )
    if step.stage == "connect":
        return CompileError(f"{config.name!r} cannot be started.", detail=words.strip())
    if step.stage == "compile":
        explain_one = _ocaml_error if config.language == "ocaml" else _c_error
        return explain_one(config, words)
    return _link_error(config, words)


# ---- OCaml


def _ocaml_error(config: Config, words: str) -> CompileError:
    place = next((p for p in _OCAML_PLACE.finditer(words) if "Error" in words[p.end() :]), None)
    where = f" at line {place.group(2)}" if place else ""
    return CompileError(
        f"{config.name!r} does not compile: error{where}.",
        detail=with_excerpts(words, config).strip(),
        hint=_ocaml_hint(words),
    )


def with_excerpts(words: str, config: Config) -> str:
    """Return the compiler's words with the source's own lines below each place.

    The compiler cannot show them where line numbers are not the file's.
    """
    texts = {source_label(config, name): text for name, text in config.sources.items()}
    without = _OCAML_EXCERPT.sub("", words)

    def show(place: re.Match[str]) -> str:
        label, first = place.group(1), int(place.group(2))
        lines = texts.get(label, "").splitlines()
        index = first - config.first_line
        if not 0 <= index < len(lines):
            return place.group()
        return f"{place.group()}\n{_excerpt(lines[index], first, place)}"

    return _OCAML_PLACE.sub(show, without)


def _excerpt(line: str, number: int, place: re.Match[str]) -> str:
    start, end = int(place.group(4)), int(place.group(5))
    if place.group(3):  # the place goes on to another line
        end = len(line.encode())
    encoded = line.encode()  # columns are bytes
    before = encoded[:start].decode(errors="replace")
    marked = encoded[start:end].decode(errors="replace")
    margin = f"{number} | "
    indent = " " * len(margin) + re.sub(r"[^\t]", " ", before)
    return f"{margin}{line}\n{indent}{'^' * max(len(marked), 1)}"


def _ocaml_hint(words: str) -> str:
    unbound = _UNBOUND.search(words)
    if not unbound:
        return ""
    module = unbound.group(1)
    if "Unix" in module or module in ("Thread", "Mutex", "Condition", "Event"):
        return f"A unikernel has no {module}: there is no operating system underneath."
    names = packages_with(module, SOURCES / "packages")
    if not names:
        return f"No installed package brings a module {module}."
    return f"Package {names[0]} brings it: add --package {names[0]}"


# ---- C


def _c_error(config: Config, words: str) -> CompileError:
    first = re.search(r"^(?:[^\n:]+):(\d+):(?:\d+:)? (?:fatal )?error:", words, re.MULTILINE)
    where = f" at line {first.group(1)}" if first else ""
    return CompileError(f"{config.name!r} does not compile: error{where}.", detail=words.strip())


# ---- the linker


def _link_error(config: Config, words: str) -> ToolchainError:
    module = _NO_IMPLEMENTATION.search(words)
    if module:
        return LinkError(
            f"{config.name!r} uses the module {module.group(1)}, which no package brings.",
            detail=words.strip(),
            hint=_ocaml_hint(f"Unbound module {module.group(1)}"),
        )
    missing = list(dict.fromkeys(_UNDEFINED.findall(words)))
    if config.language == "c" and {"main", "solo5_app_main"} & set(missing):
        return LinkError(
            f"{config.name!r} has no entry.",
            hint="Define `int solo5_app_main(const struct solo5_start_info *info)` "
            "or `int main(int argc, char **argv)`.",
        )
    if missing:
        return _undefined(config, missing, words)
    return LinkError(f"{config.name!r} does not link.", detail=words.strip())


def _undefined(config: Config, missing: list[str], words: str) -> LinkError:
    shown = ", ".join(missing[:_UNDEFINED_LIMIT])
    more = f" and {len(missing) - _UNDEFINED_LIMIT} more" if len(missing) > _UNDEFINED_LIMIT else ""
    kind = "functions" if len(missing) > 1 else "function"
    return LinkError(
        f"{config.name!r} calls {kind} that no library has: {shown}{more}.",
        detail="\n".join(line for line in words.splitlines() if "undefined reference" in line),
        hint="A unikernel has no operating system: what needs one (files, processes, sockets) "
        "is not there. A misspelt name looks the same.",
    )
