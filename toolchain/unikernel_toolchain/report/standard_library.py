"""Modules that some releases of OCaml have in their standard library, and others have not."""

from __future__ import annotations

from unikernel_toolchain.tools.debian import package_of
from unikernel_toolchain.tools.locate import install_hint, ocaml_version, version

# The first release with a module (OCaml's Changes).
_SINCE = {
    **dict.fromkeys(("In_channel", "Out_channel"), (4, 14)),
    **dict.fromkeys(("Condition", "Domain", "Effect", "Mutex", "Semaphore"), (5, 0)),
    "Type": (5, 1),
    "Dynarray": (5, 2),
    **dict.fromkeys(("Iarray", "Pair", "Pqueue", "Repr"), (5, 4)),
}
# Those that went with 5.0, and the package that has them since.
_GONE = {"Stream": "camlp-streams", "Genlex": "camlp-streams", "Pervasives": ""}


def newer(module: str) -> str:
    """Return from which release on there is a module that this one lacks, "" for any other."""
    since = _SINCE.get(module)
    if not since or ocaml_version() >= since:
        return ""
    first = ".".join(map(str, since))
    release = version("ocamlopt")
    return f"{module} is in OCaml's standard library from {first} on; this is OCaml {release}."


def gone(module: str) -> str:
    """Return where a module went that older releases have, "" for any other.

    It is not in an installed package: that is for the caller to find out.
    """
    if module not in _GONE:
        return ""
    what = f"{module} is not in OCaml's standard library any more, from 5.0 on"
    package = _GONE[module]
    if not package:
        return f"{what}: its names are those of Stdlib."
    apt_package, _ = package_of(package)
    return f"{what}; package {package} brings it. {install_hint(apt_package)}"
