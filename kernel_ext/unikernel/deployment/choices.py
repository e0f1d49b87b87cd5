"""Choices: what is settled of how an image runs on a server, before any file is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from unikernel.errors import UsageError, did_you_mean
from unikernel.model import boot_parameters, devices
from unikernel.model.boot_parameters import block_variables
from unikernel.model.network import INTERFACE_NAME
from unikernel.model.spec import Spec
from unikernel.model.targets import UNIX
from unikernel_toolchain.configuration.left_files import product_name
from unikernel_toolchain.messages.visible import visible
from unikernel_toolchain.model import typed
from unikernel_toolchain.model.image import Image

from . import disks as server_disks
from .disks import ServerDisk

_FLAGS = {"network": "--net", "block": "--block", "kv": "--kv"}


@dataclass(frozen=True)
class Choices:
    """An image, and what it is wired to where it is going to run.

    `place` is the folder of the files on the server, absolute. `spec` has memory, arguments and
    boot variables. `interfaces` are bridges, of a process taps, by network device; `folders` are
    absolute paths. `copied` are those of `disks` that come with the image, and `wanted` those that
    something is to be done for on the server, with what that is if it is not to be made.
    """

    image: Image
    place: PurePosixPath
    spec: Spec
    interfaces: Mapping[str, str]
    disks: Mapping[str, ServerDisk]
    folders: Mapping[str, str]
    copied: Mapping[str, Path] = field(default_factory=dict)
    wanted: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the guest is called there."""
        return self.image.name

    @property
    def program(self) -> str:
        """The file name of the image, as MirageOS 3.9 has it."""
        return product_name(self.name, self.image.target)

    def line(self, disks: Iterable[str]) -> str:
        """Return the guest's command line, which names its devices; `disks` as it finds them."""
        nets = {"UNIKERNEL_NET": ",".join(self.interfaces)} if self.interfaces else {}
        variables = nets | block_variables(disks) | dict(self.spec.environment)
        return boot_parameters.line(variables, self.spec.arguments)

    @property
    def program_path(self) -> str:
        """Where the image is on the server."""
        return str(self.place / self.program)


def settle(
    image: Image,
    place: Path,
    spec: Spec,
    *,
    nets: Mapping[str, str],
    blocks: Mapping[str, str],
    kv: Mapping[str, str],
    stem: str,
) -> Choices:
    """Return the choices for an image: those that were made, and for the rest what is usual.

    Interfaces are called `stem` and a number from 0, disks and folders lie in `place`. Raises
    UsageError.
    """
    _check_writable(str(place), "The folder")
    usual = {name: f"{stem}{index}" for index, name in enumerate(image.nets)}
    interfaces = usual | _named(image.nets, nets, "network")
    for interface in interfaces.values():
        _check_interface(interface)
    here = PurePosixPath(place)
    named = _named(image.blocks, blocks, "block")
    disks, wanted = _disks(here, image, named)
    copied = {name: path for name, path in image.disks.items() if name not in named}
    return Choices(
        image=image,
        place=here,
        spec=spec,
        interfaces=interfaces,
        disks=disks,
        folders=_folders(here, image.kvs, _named(image.kvs, kv, "kv")),
        copied=copied,
        wanted=wanted,
    )


def _disks(
    place: PurePosixPath, image: Image, named: Mapping[str, str]
) -> tuple[dict[str, ServerDisk], dict[str, str]]:
    """Return the disks, and for those that are not there yet what is to be done for them."""
    disks, wanted = {}, {}
    for name in image.blocks:
        note = ""
        if name in named:
            disks[name], note = server_disks.chosen(name, named[name], place)
        else:
            disks[name] = ServerDisk(str(place / f"{_file(name)}.img"))
        _check_writable(disks[name].path, f"The path for {visible(name)!r}")
        if disks[name].format != "raw" and image.target == UNIX.name:
            raise UsageError(
                f"{visible(named[name])!r} is no disk for a process: it reads raw ones.",
                hint="qemu-img convert -O raw makes one of it.",
            )
        if note or name not in {**named, **image.disks}:
            wanted[name] = note
    return disks, wanted


def _folders(
    place: PurePosixPath, declared: Sequence[str], named: Mapping[str, str]
) -> dict[str, str]:
    found = {name: str(place / named.get(name, _file(name))) for name in declared}
    for name, path in found.items():
        _check_writable(path, f"The path for {visible(name)!r}")
    return found


def _file(name: str) -> str:
    """Return a device's name as that of a file."""
    return name.replace("/", "_").lstrip(".") or "device"


def _named(declared: Sequence[str], given: Mapping[str, str], kind: str) -> dict[str, str]:
    known = {"network": "network device", "block": "block device", "kv": "folder"}[kind]
    chosen = devices.by_name(declared, typed.text_mapping(kind, given, '{"service": "br0"}'))
    for name, value in chosen.items():
        if not declared:
            raise UsageError(f"The image has no {known}.", hint=f"Leave {_FLAGS[kind]} out.")
        if name not in declared:
            hint = did_you_mean(name, declared)
            raise UsageError(f"The image has no {known} {visible(name)!r}.", hint=hint)
        if not value:
            raise UsageError(f"{_FLAGS[kind]} {name}= names nothing.")
    return chosen


def _check_interface(name: str) -> None:
    if not re.fullmatch(INTERFACE_NAME, name):
        raise UsageError(
            f"{visible(name)!r} cannot be the name of an interface or a bridge.",
            hint="It has 1 to 15 characters without blanks, / : , % and =, as br0 has.",
        )


def _check_writable(text: str, what: str) -> None:
    """Raise UsageError for what a file of a tool stack, or XML, cannot hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{what} has bytes that are no text: {visible(text)}.") from None
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in text):
        raise UsageError(f"{what} has a control character: {visible(text)}.")
