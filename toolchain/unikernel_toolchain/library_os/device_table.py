"""The table of devices, configure/connect/devices.toml: read, and written in OCaml for `connect`.

The planner asks which packages to link before anything is compiled; `connect` asks what to apply
and to connect once a program is. Both read this one table.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

OCAML = "device_table.ml"
_CONNECT = "$module.connect $arguments"


@dataclass(frozen=True)
class Row:
    """A device; fields as the file says."""

    name: str
    implementation: str
    interfaces: tuple[str, ...] = ()
    package: str = ""
    kind: str = ""
    value_type: str = ""
    parameters: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    keys: str = ""
    connect: str = _CONNECT
    stateless: bool = False


@lru_cache(maxsize=4)
def rows(sources: Path) -> tuple[Row, ...]:
    """Return the table of the library OS in `sources`."""
    text = (sources / "configure" / "connect" / "devices.toml").read_text(encoding="utf-8")
    return tuple(_row(name, fields) for name, fields in tomllib.loads(text).items())


def _row(name: str, fields: dict[str, str | bool | list[str]]) -> Row:
    values = {key: tuple(it) if isinstance(it, list) else it for key, it in fields.items()}
    return Row(name, **values)  # type: ignore[arg-type]


def packages_behind(sources: Path) -> dict[str, str]:
    """Return by name the packages that have interfaces only, and what brings implementations.

    MirageOS's package of the interfaces Mirage_time.S is mirage-time.
    """
    return {
        interface.partition(".")[0].lower().replace("_", "-"): row.package
        for row in rows(sources)
        for interface in row.interfaces
        if row.package
    }


def drivers(sources: Path) -> dict[str, str]:
    """Return by kind of device the package that a program which declares one is linked with."""
    return {row.kind: row.package for row in rows(sources) if row.kind}


def in_ocaml(sources: Path) -> str:
    """Return the table as the module that devices.ml reads."""
    return f"let table : Device_row.t list = [\n{''.join(map(_in_ocaml, rows(sources)))}]\n"


def _in_ocaml(row: Row) -> str:
    fields = {
        "name": _string(row.name),
        "implementation": _string(row.implementation),
        "interfaces": _list(row.interfaces),
        "kind": _option(row.kind),
        "value_type": _option(row.value_type),
        "parameters": _list(row.parameters),
        "arguments": _list(row.arguments),
        "keys": _option(row.keys),
        "value": "Unit" if row.stateless else f"Connected {_string(row.connect)}",
    }
    return f"  {{ {'; '.join(f'{name} = {value}' for name, value in fields.items())} }};\n"


def _string(text: str) -> str:
    return json.dumps(text)  # of ASCII: what JSON escapes, OCaml escapes alike


def _option(text: str) -> str:
    return f"Some {_string(text)}" if text else "None"


def _list(texts: tuple[str, ...]) -> str:
    return f"[{'; '.join(map(_string, texts))}]"
