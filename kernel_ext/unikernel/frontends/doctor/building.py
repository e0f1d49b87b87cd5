"""What a build needs: programs, libraries, headers."""

from __future__ import annotations

import platform
from functools import partial

from unikernel_toolchain import TARGETS
from unikernel_toolchain.errors import ToolMissing
from unikernel_toolchain.findlib import releases
from unikernel_toolchain.targets import Target, load
from unikernel_toolchain.tools import locate

from .findings import Check, Finding, Status


def _machine() -> Finding:
    locate.check_machine()
    system = f"{platform.system()} on {platform.machine()}"
    return Finding(Status.OK, "machine", f"{system}, Python {platform.python_version()}")


def _tool(name: str) -> Finding:
    if name == "ocamlopt":
        locate.check_ocaml()
    return Finding(Status.OK, name, f"{locate.require(name)}, {locate.version(name)}")


def _musl() -> Finding:
    return Finding(Status.OK, "musl", str(locate.musl().library))


def _other_targets() -> Finding:
    """Look at what only some targets are built with: who wants no other can do without."""
    for target in map(load, TARGETS):
        if missing := _headers_missing(target):
            fact = f"nothing can be built with -t {target.name}. {missing.what}"
            return Finding(Status.WARN, "other targets", fact, missing.hint)
    return Finding(Status.OK, "other targets", f"can be built for: {', '.join(TARGETS)}")


def _ocamlfind() -> Finding:
    path = locate.require("ocamlfind")
    if releases.findlib_agrees():
        return Finding(Status.OK, "ocamlfind", str(path))
    fact = f"{path}, whose packages are for another release of OCaml than ocamlopt"
    hint = "Without packages all works. OCAMLFIND names another findlib."
    return Finding(Status.WARN, "ocamlfind", fact, hint)


def buildable() -> list[Target]:
    """Return the targets that this machine has the headers of."""
    return [target for target in map(load, TARGETS) if not _headers_missing(target)]


def _headers_missing(target: Target) -> ToolMissing | None:
    try:
        for name in target.headers:
            locate.headers(name)
    except ToolMissing as missing:
        return missing
    return None


CHECKS: tuple[Check, ...] = (
    ("machine", _machine),
    *((name, partial(_tool, name)) for name in locate.C_PROGRAMS),
    ("musl", _musl),
    ("other targets", _other_targets),
    *((name, partial(_tool, name)) for name in locate.OCAML_PROGRAMS),
    ("ocamlfind", _ocamlfind),
)
