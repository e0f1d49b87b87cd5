"""The disks of QEMU's command line. Pure functions.

Flush is honest: the host's page cache goes to the disk when the guest flushes (cache=writeback,
QEMU's default), and what was written before QEMU is killed is in the cache. What a disk refuses,
the guest is told: QEMU by itself would hold it when a file system is full. Threads carry requests:
io_uring and Linux's own AIO have conditions (a kernel's age, O_DIRECT).

A device's node stays for as long as QEMU runs, and passes everything on to the node of its disk, so
that the one below can be exchanged for another:

    virtio-blk ── disk0 (raw) ── the disk: a file, or qcow2 on files
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from unikernel.model.block import Block
from unikernel.model.spec import Spec
from unikernel.model.targets import VIRTIO

from . import slots

Node = dict[str, object]

_SERIAL_BYTES = 20  # virtio 1.2, section 5.2.6: the device's ID string


def devices(spec: Spec, descriptors: Mapping[str, Sequence[int]] | None) -> tuple[str, ...]:
    """Return the arguments for the devices of `spec.blocks`, in their order.

    `descriptors` are those that QEMU inherits, by device: of a file, and of a snapshot's overlay.
    Without them, files are named as in a command that stands by itself.
    """
    options: list[str] = []
    for number, (name, block) in enumerate(spec.blocks.items()):
        options += _inherited(block, descriptors[name], number) if descriptors else ()
        options += () if descriptors else _alone(block, number)
        options += ("-device", _device(spec, name, number))
    return tuple(options)


def _inherited(block: Block, descriptors: Sequence[int], number: int) -> list[str]:
    """Return the disk's own part. Each descriptor is a set of QEMU's, with the same number."""
    options: list[str] = []
    for descriptor in descriptors:
        options += ("-add-fd", f"fd={descriptor},set={descriptor}")
    return options + _blockdev(device_node(number, block, disk_node(block, descriptors)))


def _alone(block: Block, number: int) -> list[str]:
    """Return the same with files named; a fresh disk's is to be made first."""
    path = block.file or f"fresh-{block}.img"
    if block.snapshot:
        file = path.replace(",", ",,")
        return ["-drive", f"if=none,id=disk{number},file={file},format={block.format},snapshot=on"]
    if block.empty:
        return _blockdev(device_node(number, block, {"driver": "null-co", "size": 0}))
    return _blockdev(device_node(number, block, _layer(block, path)))


def _blockdev(node: Node) -> list[str]:
    return ["-blockdev", json.dumps(node)]


def device_node(number: int, block: Block, disk: Node | str) -> Node:
    """Return the node of device `number` upon that of its disk, or the name of that."""
    return {
        "driver": "raw",
        "node-name": device_name(number),
        "read-only": block.read_only,
        "discard": "unmap",
        "file": disk,
    }


def device_name(number: int) -> str:
    """Return the name of the node of device `number`."""
    return f"disk{number}"


def disk_node(block: Block, sets: Sequence[int]) -> Node:
    """Return the node of a disk whose descriptors are in these sets of QEMU's.

    No file is probed, or opened because another names it.
    """
    paths = [f"/dev/fdset/{number}" for number in sets]
    if not block.snapshot:
        return _layer(block, paths[0])
    base = _layer(replace(block, read_only=True, snapshot=False), paths[0])
    return _layer(Block(paths[1], format="qcow2"), paths[1]) | {"backing": base}


def _layer(block: Block, path: str) -> Node:
    options: Node = {"read-only": block.read_only, "discard": "unmap"}
    file: Node = {"driver": "file", "filename": path, **options}
    if block.format == "raw":
        return file
    return {"driver": block.format, "file": file, "backing": None, **options}


def _device(spec: Spec, name: str, number: int) -> str:
    at = len(spec.nets) + number
    if VIRTIO.has_pci(spec.machine):
        options = [f"virtio-blk-pci,addr={slots.pci(at)}"]
    else:
        options = [f"virtio-blk-device,bus={slots.mmio(at)}"]
    options += [f"id=block{number}", f"drive={device_name(number)}"]
    options += [f"serial={name[:_SERIAL_BYTES]}", "werror=report", "rerror=report"]
    return ",".join(options)
