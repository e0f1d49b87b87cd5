"""An image's devices: a Solo5 manifest of them for C programs, and what an image declares."""

from __future__ import annotations

import struct
from pathlib import Path

from unikernel_toolchain.binary.elf import Elf
from unikernel_toolchain.errors import ImageInvalid
from unikernel_toolchain.model.device import BLOCK, NET, Device

MANIFEST = "unikernel_manifest.c"
MANIFEST_SYMBOL = "__solo5_mft1_note"
# Written by `connect`: a line "KIND NAME" for each device of an OCaml program.
DEVICES = "devices"

_SECTION = ".note.solo5.manifest"
_NOTE = struct.Struct("<III8s")  # mft_abi.h: struct mft1_nhdr
_COUNTS = struct.Struct("<II")  # struct mft: version, entries
_ENTRY = struct.Struct("<68sI16s8s?7x")  # struct mft_entry
# Device kinds as mft_abi.h has them (enum mft_type): the constant's name and number.
_TYPES = {NET: ("MFT_DEV_NET_BASIC", 2), BLOCK: ("MFT_DEV_BLOCK_BASIC", 1)}
# Solo5 knows no folders of the host: they are in no manifest.
_KINDS = {number: kind for kind, (_, number) in _TYPES.items()}


def manifest_source(devices: tuple[Device, ...]) -> str:
    """Return the C of a Solo5 manifest (libos/include/mft_abi.h) with these devices."""
    entries = ['{.name = "", .type = MFT_RESERVED_FIRST}']
    known = [it for it in devices if it.kind in _TYPES]
    entries += [f'{{.name = "{it.name}", .type = {_TYPES[it.kind][0]}}}' for it in known]
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


def declared_devices(folder: Path, image: Elf) -> tuple[Device, ...]:
    """Return the devices of an image built in `folder`, in order."""
    written = folder / DEVICES
    if not written.is_file():
        return _manifest_devices(image)
    lines = written.read_text(encoding="utf-8").splitlines()
    pairs = [line.split(maxsplit=1) for line in lines]
    return tuple(Device(kind, name) for kind, name in pairs)


def _manifest_devices(image: Elf) -> tuple[Device, ...]:
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
        Device(_KINDS[number], name.partition(b"\0")[0].decode("ascii", "replace"))
        for name, number, *_ in entries
        if number in _KINDS
    )
