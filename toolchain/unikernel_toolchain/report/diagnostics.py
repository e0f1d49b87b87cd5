"""Turns what a compiler or linker wrote into errors for people."""

from __future__ import annotations

import re
from collections.abc import Mapping

from unikernel_toolchain.errors import CompileError, LinkError, StartError, ToolchainError
from unikernel_toolchain.model.config import Config
from unikernel_toolchain.model.configuration import KEY_GEN
from unikernel_toolchain.model.plan import Plan, Step
from unikernel_toolchain.planning.labels import source_label
from unikernel_toolchain.planning.planner import MAIN
from unikernel_toolchain.tools.run import CompletedProcess, output_of

from . import configuration_hints, excerpts, module_hints, stack_hints

_NO_IMPLEMENTATION = re.compile(
    r'No implementations? provided for the following modules?:\s*"?(\w+)'
)
_UNDEFINED = re.compile(r"undefined reference to `([^']+)'")
_DEFINED_TWICE = re.compile(r"multiple definition of `([^']+)'")
_UNDEFINED_LIMIT = 12
_ENTRIES = frozenset({"main", "solo5_app_main"})


def explain(config: Config, step: Step, process: CompletedProcess, made: Plan) -> ToolchainError:
    """Return the error for a step that failed, of this plan."""
    linked = made.packages
    output = output_of(process)
    if process.returncode < 0:
        return ToolchainError(
            f"Building {config.name!r}: {process.args[0]} was killed by signal "
            f"{-process.returncode}.",
            detail=output.strip(),
            hint="Is the machine out of memory?",
        )
    _, _, main = made.files.get(MAIN, "").partition("\n")  # behind its line directive
    misfit = configuration_hints.mismatch(config, output, main)
    if misfit:
        return misfit
    if step.stage == "connect":
        return StartError(f"{config.name!r} cannot be started.", detail=output.strip())
    if step.stage == "compile":
        return _compile_error(config, output, made)
    return _link_error(config, output, linked)


def with_excerpts(config: Config, output: str) -> str:
    """Return a compiler's output with the lines of the source that it is about."""
    show = excerpts.in_ocaml if config.language == "ocaml" else excerpts.in_c
    return show(output, _sources(config))


def _sources(config: Config) -> excerpts.Sources:
    texts = {source_label(config, name): text for name, text in config.sources.items()}
    return excerpts.Sources(texts, config.first_line)


# ---- compilers


def _compile_error(config: Config, output: str, made: Plan) -> CompileError:
    line = excerpts.first_error_line(output)
    where = f": error at line {line}" if line else ""
    return CompileError(
        f"{config.name!r} does not compile{where}.",
        detail=with_excerpts(config, output).strip(),
        hint=configuration_hints.missing_key(config, output, made.files.get(KEY_GEN, ""))
        or _hint(config, output, made.packages),
    )


def _hint(config: Config, output: str, linked: Mapping[str, str]) -> str:
    if config.language != "ocaml":
        return ""
    about_modules = module_hints.about(config, output, linked)
    return about_modules or stack_hints.about(output, _sources(config), linked)


# ---- the linker


def _link_error(config: Config, output: str, linked: Mapping[str, str]) -> LinkError:
    module = _NO_IMPLEMENTATION.search(output)
    if module:
        return LinkError(
            f"{config.name!r} uses the module {module[1]}, which is not linked.",
            hint=module_hints.add(module[1], linked, config.configuration),
        )
    missing = list(dict.fromkeys(_UNDEFINED.findall(output)))
    if config.language == "c" and _ENTRIES.intersection(missing):
        return LinkError(
            f"{config.name!r} has no entry.",
            hint="Define `int solo5_app_main(const struct solo5_start_info *info)` "
            "or `int main(int argc, char **argv)`.",
        )
    if missing:
        return _undefined(config, missing, output)
    twice = list(dict.fromkeys(_DEFINED_TWICE.findall(output)))
    if twice:
        return LinkError(
            f"{config.name!r} defines more than once: {', '.join(twice[:_UNDEFINED_LIMIT])}.",
            detail=output.strip(),
            hint="Rename all but one, or make them static.",
        )
    hint = _hint(config, output, linked)
    return LinkError(f"{config.name!r} does not link.", detail=output.strip(), hint=hint)


def _undefined(config: Config, missing: list[str], output: str) -> LinkError:
    shown = ", ".join(missing[:_UNDEFINED_LIMIT])
    more = f" and {len(missing) - _UNDEFINED_LIMIT} more" if len(missing) > _UNDEFINED_LIMIT else ""
    kind = "functions" if len(missing) > 1 else "a function"
    return LinkError(
        f"{config.name!r} calls {kind} that no library has: {shown}{more}.",
        detail="\n".join(dict.fromkeys(_references(config, output))),
        hint="A unikernel has no operating system: what needs one (files, processes, sockets) "
        "is not there. A misspelt name looks the same.",
    )


def _references(config: Config, output: str) -> list[str]:
    """Return where undefined symbols are used: the source's label and line, or the object."""
    lines = [line for line in output.splitlines() if "undefined reference" in line]
    return [_with_label(config, line) for line in lines if not line.startswith(":(")]


def _with_label(config: Config, line: str) -> str:
    place, reference, symbol = line.partition("undefined reference")
    for name in config.sources:
        label = source_label(config, name)
        named = rf"(?:{re.escape(name)}|{re.escape(label)}):(\d+):"
        number = re.search(rf"{named}(?:\([^)]*\):)? $", place)  # binutils 2.44 tells the section
        if number:
            return f"{label}, line {number[1]}: {reference}{symbol}"
    return f"{place.rpartition('/')[2]}{reference}{symbol}"
