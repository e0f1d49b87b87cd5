"""qcow2's header: read before QEMU opens a file, and written for a new one.

A header can name other files of the host, which QEMU would open and show to the guest: a backing
file, and a file for the data (docs/interop/qcow2.txt of QEMU, "Header"). We make neither, so a file
that names one is somebody's, and is refused. Nothing behind the header's extensions is read here.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass

MAGIC = b"QFI\xfb"
_HEADER = struct.Struct(">4sIQIIQIIQQIIQ")  # version 2: 72 bytes
_FEATURES = struct.Struct(">QQQII")  # what version 3 adds: 32 bytes
_CORRUPT_BIT, _DATA_FILE_BIT, _LONG_ENTRIES_BIT = 1 << 1, 1 << 2, 1 << 4
_CLUSTER_BITS = 16
_CLUSTER = 1 << _CLUSTER_BITS
_COPIED = 1 << 63  # the cluster's reference count is one
_REFCOUNT_ORDER = 4  # counts have 16 bits


class NotUsableError(Exception):
    """A file that is no qcow2 image, or one that is not to be used; says why."""


@dataclass(frozen=True)
class Header:
    """What counts here: the disk's size in bytes, the size of clusters, the first table's place."""

    size_bytes: int
    cluster_bits: int
    first_level: int


def read(descriptor: int) -> Header:
    """Return the header of an open file. Raises NotUsableError and OSError."""
    data = os.pread(descriptor, _HEADER.size + _FEATURES.size, 0)
    if len(data) < _HEADER.size or not data.startswith(MAGIC):
        raise NotUsableError("it is no qcow2 image")
    fields = _HEADER.unpack_from(data)
    _, version, backing_at, _, cluster_bits, size, encryption, _, first_level, *_ = fields
    if version not in (2, 3):
        raise NotUsableError(f"it is a qcow2 image of version {version}, and QEMU knows 2 and 3")
    incompatible = 0
    if version == 3 and len(data) == _HEADER.size + _FEATURES.size:
        incompatible = _FEATURES.unpack_from(data, _HEADER.size)[0]
    if backing_at:
        raise NotUsableError(
            "it names a backing file, which would be opened and shown to the guest"
        )
    if incompatible & _DATA_FILE_BIT:
        raise NotUsableError("it names a data file, which would be opened and shown to the guest")
    if incompatible & _CORRUPT_BIT:
        raise NotUsableError("it is marked as corrupt")
    if encryption:
        raise NotUsableError("it is encrypted, and nobody asks for its key here")
    if not 9 <= cluster_bits <= 21 or incompatible & _LONG_ENTRIES_BIT:
        raise NotUsableError("its clusters are not as QEMU makes them by itself")
    return Header(size, cluster_bits, first_level)


def create(descriptor: int, size_bytes: int) -> None:
    """Write an empty image of this size to an empty file.

    Four parts of a cluster or more, one after the other: header, table of reference counts, one
    block of counts, and the table of first level, whose entries of zero say "all zeroes".
    """
    entries = -(-size_bytes // (_CLUSTER * (_CLUSTER // 8)))  # each leads to a cluster of entries
    table_clusters = max(1, -(-entries * 8 // _CLUSTER))
    header = _HEADER.pack(
        *(MAGIC, 3, 0, 0, _CLUSTER_BITS, size_bytes, 0),
        *(entries, 3 * _CLUSTER, _CLUSTER, 1, 0, 0),
    ) + _FEATURES.pack(0, 0, 0, _REFCOUNT_ORDER, _HEADER.size + _FEATURES.size)
    counts = struct.pack(">H", 1) * (3 + table_clusters)
    os.ftruncate(descriptor, (3 + table_clusters) * _CLUSTER)
    os.pwrite(descriptor, header, 0)
    os.pwrite(descriptor, struct.pack(">Q", 2 * _CLUSTER), _CLUSTER)
    os.pwrite(descriptor, counts, 2 * _CLUSTER)
