"""What files of sources can be called."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from unikernel_toolchain.errors import BadRequest

_OCAML = re.compile(r"[A-Za-z][A-Za-z0-9_]*\.mli?", re.ASCII)
_OCAML_RULE = (
    "The file is a module, such as my_app.ml: letters from a to z, digits and _, beginning with a "
    "letter, then .ml, or .mli for an interface."
)
_C = re.compile(r"(?:(?!\.\.?/)[\w.+][\w.+ -]*/)*(?!\.\.?$)[\w.+][\w.+ -]*")
_C_RULE = (
    "Use letters, digits, spaces and - _ . + and begin with none of space and -. Folders are "
    "named likewise, and lie below the one of the program."
)


def check_ocaml(names: Iterable[str], taken: Container[str]) -> None:
    """Raise BadRequest for what cannot be the name of an OCaml source, or is `taken`."""
    for name in names:
        _check(name, _OCAML, "an OCaml", _OCAML_RULE, taken)


def check_c(names: Iterable[str], taken: Container[str]) -> None:
    """Raise BadRequest for what cannot be the name of a C source, or is `taken`."""
    for name in names:
        _check(name, _C, "a C", _C_RULE, taken)


def _check(
    name: str, pattern: re.Pattern[str], kind: str, rule: str, taken: Container[str]
) -> None:
    what = f"{name!r} cannot be the name of {kind} source file"
    if name in taken:
        raise BadRequest(f"{what}: the build writes one itself.", hint="Give it another name.")
    if not pattern.fullmatch(name):
        raise BadRequest(f"{what}.", hint=rule)
