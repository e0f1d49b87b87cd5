"""The phases of a boot, in the order in which they happen, and what happens in each."""

from __future__ import annotations

from collections.abc import Mapping

_IN_THE_GUEST: Mapping[str, str] = {
    "base": "the C base sets up memory, clocks, devices and entropy",
    "runtime": "the language runtime starts",
    "libraries": "linked modules are initialised, until `start` is called",
    "application": "the application runs, until its first console line is out",
}
PHASES: Mapping[str, str] = {
    "qemu start": "QEMU's process starts or a paused one is resumed, until the guest's CPU runs",
    "firmware": "the virtual machine runs its firmware, until the guest's first instruction",
    **_IN_THE_GUEST,
}
PROCESS_PHASES: Mapping[str, str] = {
    "process start": "Linux starts the process or a paused one is resumed, until its base runs",
    **_IN_THE_GUEST,
}
DOMAIN_START = "domain start"
DOMAIN_PHASES: Mapping[str, str] = {
    "lab": "the Xen lab is restored or goes on; on a host with Xen this is nothing",
    "devices": "networks and disks are plugged in, and the image is put where xl reads it",
    "toolstack": "xl starts, and has Xen make the domain and give it memory",
    "domain builder": "the image is loaded into the domain's memory",
    "back ends": "dom0 sets up the other ends of its devices and of its console",
    DOMAIN_START: "xl unpauses it, or a paused one is resumed, until its first instruction",
    **_IN_THE_GUEST,
}
WITHOUT_TRACE = "start to first line"  # the one phase of a guest that writes no trace
RESTART = "restart"  # after a reset, all that is before the guest's first instruction
