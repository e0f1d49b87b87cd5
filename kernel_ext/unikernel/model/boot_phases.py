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
WITHOUT_TRACE = "start to first line"  # the one phase of a guest that writes no trace
RESTART = "restart"  # replaces "qemu start" and "firmware" after a reset
