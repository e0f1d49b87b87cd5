"""What to do when a functor is given a stack of other families than it takes."""

from __future__ import annotations

import re
from collections.abc import Collection

from unikernel_toolchain.findlib.modules import packages_with
from unikernel_toolchain.library_os.library_os import SOURCES

from . import excerpts

_OTHER_STACK = re.compile(r"is not included in\s+Mirage_stack\.(V4V6|V4|V6)\b")
_FUNCTOR = re.compile(r"\b([A-Z]\w*)\.([A-Z]\w*)")
_FAMILIES = {"V4V6": "both families", "V4": "IPv4", "V6": "IPv6"}
# The addresses of a stack of the families, where it is printed as a signature.
_ADDRESS = {"V4V6": "Ipaddr.t", "V4": "Ipaddr.V4.t", "V6": "Ipaddr.V6.t"}
# How modules, or their functors, are called that differ in the families only.
_SUFFIXES = {"V4V6": "_v4v6", "V4": "", "V6": "_v6"}


def about(output: str, sources: excerpts.Sources, linked: Collection[str]) -> str:
    """Return which functor to use, or which stack to ask for; "" when it is about no stack.

    `output` is the compiler's; `linked` are the packages of the build.
    """
    wanted = _OTHER_STACK.search(output)
    applied = _FUNCTOR.search(excerpts.marked(output, sources))
    if not wanted or not applied:
        return ""
    signature = output[: wanted.start()]
    given = [one for one, ip in _ADDRESS.items() if f"type ipaddr = {ip}\n" in signature]
    if not given or wanted[1] in given:
        return ""
    takes = f"{applied[0]} takes a stack of {_FAMILIES[wanted[1]]}, Mirage_stack.{wanted[1]}"
    twin = _for_families(applied[1], applied[2], given[0], linked)
    return f"{takes}. For one of {_FAMILIES[given[0]]} there is {twin}." if twin else f"{takes}."


def _for_families(module: str, functor: str, families: str, linked: Collection[str]) -> str:
    """Return the functor of the same purpose for a stack of these families, "" without one."""
    suffix = _SUFFIXES[families]
    stem, functor_stem = (re.sub("_v4v6$|_v6$", "", name) for name in (module, functor))
    for candidate in ((stem + suffix, functor_stem), (stem, functor_stem + suffix)):
        if _has_functor(*candidate):
            names = packages_with(candidate[0], SOURCES / "packages")
            package = "" if any(name in linked for name in names) else f" (--package {names[0]})"
            return f"{'.'.join(candidate)}{package}"
    return ""


def _has_functor(module: str, functor: str) -> bool:
    interfaces = (SOURCES / "packages").rglob(f"{module[:1].lower()}{module[1:]}.mli")
    pattern = re.compile(rf"^module {functor}\b", re.MULTILINE)
    return any(pattern.search(path.read_text(encoding="utf-8")) for path in interfaces)
