"""An OCaml module made from a folder: its files compiled in, read as a Mirage_kv.RO."""

from __future__ import annotations

from pathlib import Path

from unikernel_toolchain.data import folder as folders

MOST_MIB = 64  # ocamlopt reads so much in half a minute
PACKAGE = "mirage-kv-crunch"  # what the module stands on

_LINE_BYTES = 76
_DAY_S = 86_400
_PLAIN = {code: chr(code) for code in range(0x20, 0x7F)} | {
    0x0A: "\\n",
    0x22: '\\"',
    0x5C: "\\\\",
}
_ESCAPES = [_PLAIN.get(code, f"\\{code:03d}") for code in range(256)]


def module_source(folder: Path, module: str) -> str:
    """Return the text of the module: Mirage_kv.RO, and `connect : unit -> t Lwt.t`.

    Raises what folder.read raises.
    """
    entries = folders.read(folder, most_mib=MOST_MIB, into=f"module {module}")
    files = [entry for entry in entries if entry.content is not None]
    days, seconds = divmod(folders.date(), _DAY_S)
    lines = [
        f"(* {module}: the {len(files)} files of a folder. Made at build. *)",
        "",
        "include (Mirage_kv_crunch : Mirage_kv.RO with type t = Mirage_kv_crunch.t)",
        "",
        "let files = [",
    ]
    for file in files:
        lines += [f"  {_literal(file.path)},", f"  {_literal(file.content or b'')};"]
    time = f"({days}, {seconds * 10**12}L)"
    lines += [
        "]",
        "",
        "let connect () =",
        f"  Lwt.return (Mirage_kv_crunch.v ~last_modified:{time} files)",
        "",
    ]
    return "\n".join(lines)


def _literal(content: bytes) -> str:
    """Return bytes as OCaml's string literal, cut into lines: at newlines, and where it is long."""
    pieces = []
    for line in content.splitlines(keepends=True) if content else [b""]:
        pieces += [line[i : i + _LINE_BYTES] for i in range(0, len(line), _LINE_BYTES)] or [b""]
    return '"' + "\\\n   ".join(map(_escaped, pieces)) + '"'


def _escaped(piece: bytes) -> str:
    text = "".join(map(_ESCAPES.__getitem__, piece))
    # Blanks at a line's beginning would be skipped.
    return "\\" + text if text.startswith(" ") else text
