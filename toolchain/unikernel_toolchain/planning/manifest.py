"""An image's devices: a Solo5 manifest of them for C programs, and what an image declares."""

from __future__ import annotations

import struct
from pathlib import Path

from unikernel_toolchain.binary.elf import Elf
from unikernel_toolchain.errors import ImageInvalid

MANIFEST = "unikernel_manifest.c"
MANIFEST_SYMBOL = "__solo5_mft1_note"
# Written by `connect`: a line "net NAME" for each network device of an OCaml program.
DEVICES = "devices"

_SECTION = ".note.solo5.manifest"
_NOTE = struct.Struct("<III8s")  # mft_abi.h: struct mft1_nhdr
_COUNTS = struct.Struct("<II")  # struct mft: version, entries
_ENTRY = struct.Struct("<68sI16s8s?7x")  # struct mft_entry
_NET_BASIC = 2


def manifest_source(nets: tuple[str, ...]) -> str:
    """Return the C of a Solo5 manifest (libos/include/mft_abi.h) with these networks."""
    entries = ['{.name = "", .type = MFT_RESERVED_FIRST}']
    entries += [f'{{.name = "{name}", .type = MFT_DEV_NET_BASIC}}' for name in nets]
    rows = "".join(f"\t\t{entry},\n" for entry in entries)
    return (
        f"#define MFT_ENTRIES {len(entries)}\n"
        '#include "mft_abi.h"\n\n'
        "MFT1_NOTE_DECLARE_BEGIN\n"
        "{\n"
        "\t.version = MFT_VERSION,\n"
        f"\t.entries = {len(entries)},\n"
        f"\t.e = {{\n{rows}\t}},\n"
        "}\n"
        "MFT1_NOTE_DECLARE_END\n"
    )


def declared_nets(folder: Path, image: Elf) -> tuple[str, ...]:
    """Return the network devices of an image built in `folder`, in order."""
    written = folder / DEVICES
    if not written.is_file():
        return _manifest_nets(image)
    lines = [line.split() for line in written.read_text(encoding="utf-8").splitlines()]
    return tuple(name for kind, name in lines if kind == "net")


def _manifest_nets(image: Elf) -> tuple[str, ...]:
    section = image.section(_SECTION)
    note = image.content(section) if section else b""
    # The note's header is 20 bytes of 24: the manifest is aligned to eight.
    start = -(-_NOTE.size // 8) * 8
    if not note:
        return ()
    try:
        _, count = _COUNTS.unpack_from(note, start)
        entries = [
            _ENTRY.unpack_from(note, start + _COUNTS.size + index * _ENTRY.size)
            for index in range(count)
        ]
    except struct.error as problem:
        raise ImageInvalid(
            f"The Solo5 manifest of the program is damaged: {problem}.",
            hint="Declare it with the macros of mft_abi.h.",
        ) from problem
    return tuple(
        name.partition(b"\0")[0].decode("ascii", "replace")
        for name, kind, *_ in entries
        if kind == _NET_BASIC
    )
