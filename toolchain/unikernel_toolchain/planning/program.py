"""Program: what the configure stage adds to the sources of an application."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from unikernel_toolchain.model.address_keys import AddressKeys
from unikernel_toolchain.model.configuration import Data
from unikernel_toolchain.store.source_digest import source_digest


@dataclass(frozen=True)
class Program:
    """An application's name, the texts of its main module and of generated ones, by file name.

    `order` has all OCaml files but the main module's, in the order to compile. Those of `informing`
    say which packages were linked; with each is the module that its record is of. `disks` are
    images of disks to make, by device; their folders are absolute. `addresses` are the boot keys of
    static addresses.
    """

    name: str
    main: str
    generated: Mapping[str, str]
    order: tuple[str, ...]
    informing: Mapping[str, str] = field(default_factory=dict)
    disks: Mapping[str, Data] = field(default_factory=dict)
    addresses: tuple[AddressKeys, ...] = ()
    warnings_are_errors: bool = False

    @property
    def disk_facts(self) -> dict[str, str]:
        """By device, what changes whenever the contents of its disk image do."""
        return {
            name: f"{it.kind} {it.pattern} {source_digest(Path(it.folder))}"
            for name, it in self.disks.items()
        }
