"""Areas: a disk as a whole or its partitions, and the volume on each that has one."""

from __future__ import annotations

import os
from dataclasses import dataclass

from unikernel.model.block import Block

from . import partitions
from .fat import FatVolume
from .partitions import Part, Partition
from .source import DamagedError, Qcow2Source, Source
from .tar_archive import TarArchive
from .volume import NotThisKindError, Volume


@dataclass(frozen=True)
class Area:
    """A disk, or a partition of it, and the files on it, if it has a kind that is read here.

    `prefix` begins the paths of its files. `problem` says why they cannot be read, if there are
    some.
    """

    prefix: str
    partition: Partition | None
    volume: Volume | None
    problem: str = ""


def source_of(block: Block, descriptor: int, overlay: int | None = None) -> Source:
    """Return an open disk's bytes, through what was written to its snapshot if there is one.

    Raises NotUsableError for a qcow2 that is none, or hostile.
    """
    if overlay is not None:
        return Qcow2Source(overlay, source_of(block, descriptor))
    if block.format == "qcow2":
        return Qcow2Source(descriptor)
    size = os.lseek(descriptor, 0, os.SEEK_END)
    return Source(descriptor, size)


def areas_of(source: Source) -> tuple[str, tuple[Area, ...]]:
    """Return the kind of the partition table, "" for none, and the areas. Raises DamagedError."""
    whole = _area(source, "", None)
    if whole.volume:
        return "", (whole,)
    kind, found = partitions.table(source)
    if not kind:
        return "", (whole,)
    return kind, tuple(_part(source, partition) for partition in found)


def _part(source: Source, partition: Partition) -> Area:
    prefix = f"p{partition.number}/"
    try:
        return _area(Part(source, partition), prefix, partition)
    except DamagedError as problem:
        return Area(prefix, partition, None, f"partition {partition.number}: {problem}")


def _area(source: Source, prefix: str, partition: Partition | None) -> Area:
    for kind in (FatVolume, TarArchive):
        try:
            return Area(prefix, partition, kind(source))
        except NotThisKindError:
            continue
        except DamagedError as problem:
            return Area(prefix, partition, None, str(problem))
    return Area(prefix, partition, None)
