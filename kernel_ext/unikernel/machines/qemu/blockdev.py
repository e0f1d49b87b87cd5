"""The disks of QEMU's command line. Pure functions.

Flush is honest: the host's page cache goes to the disk when the guest flushes (cache=writeback,
QEMU's default), and what was written before QEMU is killed is in the cache. What a disk refuses,
the guest is told: QEMU by itself would hold it when a file system is full. Threads carry requests:
io_uring and Linux's own AIO have conditions (a kernel's age, O_DIRECT).
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from unikernel.model.block import Block
from unikernel.model.spec import Spec
from unikernel.model.targets import VIRTIO

from . import slots

_SERIAL_BYTES = 20  # virtio 1.2, section 5.2.6: the device's ID string


def devices(spec: Spec, descriptors: Mapping[str, int] | None) -> tuple[str, ...]:
    """Return the arguments for the devices of `spec.blocks`, in their order.

    `descriptors` are those that QEMU inherits, by device; without them, files are named as in a
    command that stands by itself.
    """
    options: list[str] = []
    for number, (name, block) in enumerate(spec.blocks.items()):
        path = alone(block)
        if descriptors:
            # A set of QEMU's has a number of its own; it looks into it for the access it wants.
            options += ("-add-fd", f"fd={descriptors[name]},set={number}")
            path = f"/dev/fdset/{number}"
        options += _drive(block, path, number)
        options += ("-device", _device(spec, name, number))
    return tuple(options)


def alone(block: Block) -> str:
    """Return the file of a command that stands by itself; a fresh disk's is to be made first."""
    return block.file or f"fresh-{block}.img"


def _drive(block: Block, path: str, number: int) -> tuple[str, str]:
    """Return the disk's own part. No file is probed, or opened because another names it."""
    if block.snapshot:  # -blockdev has none; what is written goes to a file without a name
        file = path.replace(",", ",,")
        options = f"file={file},format={block.format},snapshot=on,discard=unmap"
        return "-drive", f"if=none,id=disk{number},{options}"
    node: dict[str, object] = {
        "driver": block.format,
        "node-name": f"disk{number}",
        "read-only": block.read_only,
        "discard": "unmap",
        "file": {"driver": "file", "filename": path},
    }
    if block.format == "qcow2":
        node["backing"] = None
    return "-blockdev", json.dumps(node)


def _device(spec: Spec, name: str, number: int) -> str:
    at = len(spec.nets) + number
    if VIRTIO.has_pci(spec.machine):
        options = [f"virtio-blk-pci,addr={slots.pci(at)}"]
    else:
        options = [f"virtio-blk-device,bus={slots.mmio(at)}"]
    options += [f"id=block{number}", f"drive=disk{number}", f"serial={name[:_SERIAL_BYTES]}"]
    return ",".join([*options, "werror=report", "rerror=report"])
