"""How ocamlopt spells the symbols of what it compiles.

    camlStdlib__List__iter_507    4.13, 4.14: caml, the module, __, the name, a number
    camlStdlib__List.iter_507     from 5.1 on: a dot before the name

`__` within a module's name is what libraries put before their modules' names, in all releases; in
4.x nothing tells it from the separator. Beside functions and data each module has symbols for the
linker and the runtime: its initialiser `entry`, its `frametable`, where its code and data begin
and end, and from 5.1 on its `gc_roots`. What is no letter, digit or _ is $ and two hexadecimal
digits.

Source: middle_end/compilenv.ml (make_symbol) and asmcomp/emitaux.ml (emit_symbol) of 4.14.1, 5.1.0
and 5.3.0, and of 5.4, where only macOS and Windows have another separator.
"""

from __future__ import annotations

import re
import string

_PREFIX = "caml"
_SEPARATORS = ("__", ".")
INITIALISER, FRAME_TABLE = "entry", "frametable"
_BORDERS = ("code_begin", "code_end", "data_begin", "data_end", FRAME_TABLE, "gc_roots")
# C's symbols, of the runtime and of stubs, have no capital letter there.
_OF_A_MODULE = re.compile("caml[A-Z]")
_ESCAPED = re.compile(r"(?:\$[0-9a-f]{2})+")


def is_of_a_module(symbol: str) -> bool:
    """Say whether a symbol is of an OCaml module, and not of C."""
    return _OF_A_MODULE.match(symbol) is not None


def module_with(symbol: str, what: str) -> str | None:
    """Return the module whose `what` a symbol is, as `INITIALISER`; None when it is none's.

    A module within a pack is named as its symbols are: Pack__Module or Pack.Module.
    """
    if not symbol.endswith(what) or not symbol.startswith(_PREFIX):  # as most
        return None
    for separator in _SEPARATORS:
        if symbol.endswith(separator + what):
            return symbol[len(_PREFIX) : -len(separator + what)]
    return None


def is_border(symbol: str) -> bool:
    """Say whether a symbol only says where something of a module begins or ends."""
    return symbol.endswith(_BORDERS) and any(module_with(symbol, each) for each in _BORDERS)


def readable(symbol: str) -> str:
    """Return a name as its source has it, Stdlib.List.iter; C's as it is."""
    if not is_of_a_module(symbol):
        return symbol
    name = symbol.removeprefix(_PREFIX)
    stem = name.rstrip(string.digits)
    if stem != name and stem.endswith("_"):
        name = stem.removesuffix("_")
    module, separator, within = name.partition(".")
    text = module.replace("__", ".") + separator + within
    return _ESCAPED.sub(_unescaped, text) if "$" in text else text


def _unescaped(escaped: re.Match[str]) -> str:
    """Return the characters; as they are spelled when they are no text."""
    text = bytes.fromhex(escaped[0].replace("$", "")).decode(errors="replace")
    return text if text.isprintable() and "\ufffd" not in text else escaped[0]
