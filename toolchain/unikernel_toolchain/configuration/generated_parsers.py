"""Lexers and parsers among an application's sources: what ocamllex and ocamlyacc make of them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePath

from unikernel_toolchain.errors import CompileError
from unikernel_toolchain.tools.locate import require
from unikernel_toolchain.tools.run import Stop, output_of, run

# By suffix, the program and the suffixes of what it makes.
_GENERATORS = {".mll": ("ocamllex", (".ml",)), ".mly": ("ocamlyacc", (".ml", ".mli"))}


def expanded(sources: Mapping[str, str], stop: Stop) -> dict[str, str]:
    """Return the sources with what their generators make in place of lexers and parsers.

    Raises CompileError, with the generator's own lines, when one is refused.
    """
    made: dict[str, str] = {}
    for name, text in sources.items():
        program, suffixes = _GENERATORS.get(PurePath(name).suffix, ("", ()))
        made |= _generated(program, suffixes, name, text, stop) if program else {name: text}
    return made


def _generated(
    program: str, suffixes: tuple[str, ...], name: str, text: str, stop: Stop
) -> dict[str, str]:
    with tempfile.TemporaryDirectory(prefix="unikernel-") as place:
        folder = Path(place)
        (folder / name).write_text(text, encoding="utf-8")
        process = run([require(program), name], folder=folder, stop=stop)
        if process.returncode != 0:
            raise CompileError(f"{program} refuses {name}.", detail=output_of(process).strip())
        stem = PurePath(name).stem
        files = [f"{stem}{suffix}" for suffix in suffixes]
        return {file: (folder / file).read_text(encoding="utf-8") for file in files}
