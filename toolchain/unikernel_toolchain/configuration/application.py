"""The modules of an application that its main module reaches, in the order to compile them.

MirageOS 3.9 compiles what is needed and no more: beside an application may lie tests and tools that
need Unix. ocamldep says which modules a file names.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePath

from unikernel_toolchain.errors import BadRequest
from unikernel_toolchain.tools.locate import Toolchain
from unikernel_toolchain.tools.run import Stop, run


def module_of(file: str) -> str:
    """Return the name of the module that a file is."""
    stem = PurePath(file).stem
    return stem[:1].upper() + stem[1:]


def reached(sources: Mapping[str, str], main: str, tools: Toolchain, stop: Stop) -> tuple[str, ...]:
    """Return the files that `main`, one of them, needs and itself, each behind what it needs.

    An interface stands ahead of its implementation. Raises BadRequest when modules need each other
    in a circle.
    """
    named = _named_modules(sources, tools, stop)
    files: dict[str, list[str]] = {}
    for file in sorted(sources, key=lambda name: not name.endswith(".mli")):
        files.setdefault(module_of(file), []).append(file)
    order: dict[str, None] = {}
    _visit(module_of(main), files, named, (), order)
    return tuple(file for module in order for file in files[module])


def _visit(
    module: str,
    files: Mapping[str, list[str]],
    named: Mapping[str, list[str]],
    above: tuple[str, ...],
    order: dict[str, None],
) -> None:
    if module in order:
        return
    if module in above:
        circle = " → ".join((*above[above.index(module) :], module))
        raise BadRequest(
            f"Modules need each other in a circle: {circle}.",
            hint="Move what both use into a module of its own.",
        )
    for file in files[module]:
        for other in named[file]:
            if other in files and other != module:
                _visit(other, files, named, (*above, module), order)
    order[module] = None


def _named_modules(
    sources: Mapping[str, str], tools: Toolchain, stop: Stop
) -> dict[str, list[str]]:
    """Return the modules that each file names. One that does not parse is read for its words."""
    with tempfile.TemporaryDirectory(prefix="unikernel-") as name:
        folder = Path(name)
        for file, text in sources.items():
            (folder / file).write_text(text, encoding="utf-8")
        command = [str(tools.ocamldep), "-modules", "-allow-approx", *sources]
        answer = run(command, folder=folder, stop=stop)
    found: dict[str, list[str]] = {file: [] for file in sources}
    for line in answer.stdout.splitlines():
        file, colon, modules = line.partition(":")
        if colon and file in found:
            found[file] = modules.split()
    return found
