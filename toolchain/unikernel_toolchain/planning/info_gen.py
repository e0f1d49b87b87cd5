"""The module in which an application reads what it is made of: config.ml's `app_info`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_PLAIN = range(0x20, 0x7F)


def source(
    name: str,
    libraries: Iterable[str],
    packages: Mapping[str, str],
    *,
    record_module: str = "Mirage_info",
) -> str:
    """Return the text of the module: one value, `info`, of `record_module`'s type of it.

    `libraries` are findlib names, `packages` versions by name. The same facts give the same text.
    """
    listed = "; ".join(map(_string, libraries))
    versions = "; ".join(
        f"({_string(package)}, {_string(packages[package])})" for package in sorted(packages)
    )
    return (
        f"let info =\n  {{ {record_module}.name = {_string(name)};\n"
        f"    libraries = [ {listed} ];\n    packages = [ {versions} ] }}\n"
    )


def _string(text: str) -> str:
    """Return an OCaml string of these bytes: what is not plain is given by its number."""
    return '"' + "".join(map(_character, text.encode())) + '"'


def _character(byte: int) -> str:
    if byte in b'"\\':
        return "\\" + chr(byte)
    return chr(byte) if byte in _PLAIN else f"\\{byte:03}"
