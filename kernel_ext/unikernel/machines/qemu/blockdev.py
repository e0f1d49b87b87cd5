"""The disks of QEMU's command line. Pure functions.

Flush is honest: the host's page cache goes to the disk when the guest flushes (cache=writeback,
QEMU's default), and what was written before QEMU is killed is in the cache. What a disk refuses,
the guest is told: QEMU by itself would hold it when a file system is full. Threads carry requests:
io_uring and Linux's own AIO have conditions (a kernel's age, O_DIRECT).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from unikernel.model.block import Block
from unikernel.model.spec import Spec
from unikernel.model.targets import VIRTIO

from . import slots

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
    """Return the disk's own part. No file is probed, or opened because another names it.

    Each descriptor is a set of QEMU's, in which it looks for the access it wants.
    """
    options: list[str] = []
    paths = []
    for descriptor in descriptors:
        options += ("-add-fd", f"fd={descriptor},set={descriptor}")
        paths.append(f"/dev/fdset/{descriptor}")
    if block.snapshot:
        base, disk = f"base{number}", f"disk{number}"
        options += _node(block.format, base, paths[0], read_only=True)
        return options + _node("qcow2", disk, paths[1], backing=base)
    return options + _node(block.format, f"disk{number}", paths[0], read_only=block.read_only)


def _alone(block: Block, number: int) -> list[str]:
    """Return the same with files named; a fresh disk's is to be made first."""
    path = block.file or f"fresh-{block}.img"
    if block.snapshot:
        file = path.replace(",", ",,")
        return ["-drive", f"if=none,id=disk{number},file={file},format={block.format},snapshot=on"]
    return _node(block.format, f"disk{number}", path, read_only=block.read_only)


def _node(
    form: str, name: str, path: str, *, read_only: bool = False, backing: str | None = None
) -> list[str]:
    node: dict[str, object] = {
        "driver": form,
        "node-name": name,
        "read-only": read_only,
        "discard": "unmap",
        "file": {"driver": "file", "filename": path},
    }
    return ["-blockdev", json.dumps(node | ({"backing": backing} if form == "qcow2" else {}))]


def _device(spec: Spec, name: str, number: int) -> str:
    at = len(spec.nets) + number
    if VIRTIO.has_pci(spec.machine):
        options = [f"virtio-blk-pci,addr={slots.pci(at)}"]
    else:
        options = [f"virtio-blk-device,bus={slots.mmio(at)}"]
    options += [f"id=block{number}", f"drive=disk{number}", f"serial={name[:_SERIAL_BYTES]}"]
    return ",".join([*options, "werror=report", "rerror=report"])
