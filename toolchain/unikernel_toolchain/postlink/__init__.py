"""Passes over the linked image: from the linker's output to the file that boots.

Each is a module of this folder, called as its pass with _ for -, whose `apply` reads the linker's
output and changes the image in place. The image begins as a copy of that output. Passes are applied
in the order of `PASSES`: what is written is checked first, code is rewritten where the symbols of
the output still say what it is, and what is appended to the file comes last.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from unikernel_toolchain.binary.elf import Elf
from unikernel_toolchain.errors import BadRequest

PASSES = ("wx", "strip", "constant-modules", "initialiser-bytecode", "thread-block", "symbols")
INITIALISER_BYTECODE = "initialiser-bytecode"
INTERPRETER = "unikernel_initialise"  # of that bytecode: linked to programs that get some
SYMBOLS = "symbols"
_REQUIRED = frozenset({"wx"})  # a check: what it finds is broken, whoever looks
OPTIONAL_PASSES = tuple(name for name in PASSES if name not in _REQUIRED)
_OCAML = frozenset({"constant-modules", INITIALISER_BYTECODE})


@dataclass
class Linked:
    """What the linker made, which stays as it is, and the image that passes make of it.

    `name` is the image's, for errors.
    """

    name: str
    elf: Elf
    link_map: Path
    image: bytearray


def chosen(language: str, without: Collection[str]) -> tuple[str, ...]:
    """Return the passes for a program in this language, less those named in `without`.

    Raises BadRequest for a name that is no pass's, or one of a pass that has no switch.
    """
    for name in without:
        if name not in OPTIONAL_PASSES:
            what = "cannot be turned off" if name in PASSES else "is not there"
            raise BadRequest(
                f"A pass {name!r} over the linked image {what}.",
                hint=f"These can be turned off: {', '.join(OPTIONAL_PASSES)}.",
            )
    skipped = {*without, *(_OCAML if language != "ocaml" else ())}
    return tuple(name for name in PASSES if name not in skipped)


def apply(passes: Collection[str], linked: Linked) -> None:
    """Apply these passes, in their order. Raises ImageInvalid."""
    for name in passes:
        # Who finds the image in the cache does not wait for the decoder of instructions to load.
        import_module(f".{name.replace('-', '_')}", __package__).apply(linked)
