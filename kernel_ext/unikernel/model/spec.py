"""Spec: how to run an image. Boot-time choices only; what is in the image is the toolchain's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from unikernel.errors import UsageError, did_you_mean
from unikernel_toolchain.model import typed

from . import block, directory
from .block import Block
from .calls.arguments import checked_fields
from .directory import Directory
from .network import Network
from .network_options import parse_each
from .port_forward import Forward, forwards
from .targets import ACCELERATORS, DEFAULT_ACCELERATOR, DEFAULT_MACHINE_TYPE, MACHINE_TYPES

DEFAULT_MEMORY_MIB = 32
PANIC_ACTIONS = ("exit", "pause")
NETS = '{"service": "user"}'  # examples in errors
BLOCKS = '{"storage": "64M"}'
KV = '{"data": "folder"}'
CAPTURES = '{"service": "frames.pcap"}'


@checked_fields
@dataclass(frozen=True)
class Spec:
    """How to run an image.

    `memory_mib` is the guest's RAM. `machine` and `accelerator` are QEMU's: a process has neither.
    `arguments` are boot parameters; `environment`
    holds variables the guest sees (`OCAMLRUNPARAM` sets the OCaml collector). `on_panic` says
    whether a guest that dies of a fault exits or stays for inspection over QMP; `core` keeps the
    memory of one that does, to be looked at with gdb. `nets` wires the
    image's network devices by their names, values of `network` or their text form; those not named
    get a user network. `ports` of the host lead to the first device ({8080: 80}, or texts such as
    "8053:53/udp"). `captures` names a pcap file for each device whose frames are to be recorded.
    `blocks` are the disks of the image's block devices by their names, values of `block`, their
    text form ("64M", "disk.img,ro") or paths of files. `kv` are folders of the host for a guest
    that is a process, by the names by which it connects to them ("folder", "folder,ro").
    Raises UsageError, and BadRequest for a value of another type.
    """

    memory_mib: int = DEFAULT_MEMORY_MIB
    machine: str = DEFAULT_MACHINE_TYPE
    accelerator: str = DEFAULT_ACCELERATOR
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    on_panic: Literal["exit", "pause"] = "exit"
    paused: bool = False
    core: bool = False
    nets: Mapping[str, Network] = field(default_factory=dict)
    ports: tuple[Forward, ...] = ()
    captures: Mapping[str, str] = field(default_factory=dict)
    blocks: Mapping[str, Block] = field(default_factory=dict)
    kv: Mapping[str, Directory] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 1 <= typed.whole("memory_mib", self.memory_mib) <= 1 << 20:
            raise UsageError(f"Memory is 1 MiB to 1 TiB; {self.memory_mib} MiB is not.")
        for value, known, what in (
            (self.machine, MACHINE_TYPES, "machine type"),
            (self.accelerator, ACCELERATORS, "accelerator"),
            (self.on_panic, PANIC_ACTIONS, "panic action"),
        ):
            if typed.text(what, value) not in known:
                raise UsageError(f"No {what} {value!r}.", hint=did_you_mean(value, known))
        environment = typed.text_mapping("environment", self.environment, '{"TZ": "UTC"}')
        for name, value in environment.items():
            if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", name) or re.search(r"\s", value):
                raise UsageError(
                    f"{name}={value} cannot be a boot variable.",
                    hint="Names are A-Z, 0-9 and _; values have no blanks.",
                )
        frozen: dict[str, object] = {
            "arguments": typed.texts("arguments", self.arguments),
            "environment": MappingProxyType(environment),
            "nets": MappingProxyType(parse_each(typed.mapping("nets", self.nets, NETS))),
            "ports": forwards(self.ports),
            "blocks": MappingProxyType(
                block.parse_each(typed.mapping("blocks", self.blocks, BLOCKS))
            ),
            "kv": MappingProxyType(directory.parse_each(typed.mapping("kv", self.kv, KV))),
            "captures": MappingProxyType(typed.mapping("captures", self.captures, CAPTURES)),
        }
        for field_name, frozen_value in frozen.items():
            object.__setattr__(self, field_name, frozen_value)
