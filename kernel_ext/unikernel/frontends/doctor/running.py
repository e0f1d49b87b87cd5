"""What a boot needs: hypervisors, a place to run in, memory; and what looks into guests."""

from __future__ import annotations

import os
import shutil

from unikernel.errors import HypervisorMissing
from unikernel.host import run_folder
from unikernel.machines.process import probe
from unikernel.machines.qemu import accelerator, hypervisor
from unikernel.machines.xen.lab import inventory, needs
from unikernel.model.targets import UNIX, VIRTIO, XEN
from unikernel.networks.tap import why_not
from unikernel_toolchain.errors import ToolMissing
from unikernel_toolchain.messages import os_errors
from unikernel_toolchain.tools import locate

from .caching import nearest_folder
from .findings import Check, Finding, Status

LEAST_MEMORY_MIB = 256
LEAST_RUN_BYTES = 1 << 20  # a machine's record, its console's log and its sockets


def _qemu() -> Finding:
    try:
        program = hypervisor.find()
    except HypervisorMissing as missing:
        hint = f"{missing.hint} (what is built with -t {UNIX.name} boots without it)"
        return Finding(Status.FAIL, "QEMU", missing.what, hint)
    return Finding(Status.OK, "QEMU", f"{program}, {hypervisor.version(program)}")


def _accelerator() -> Finding:
    chosen = accelerator.choose()
    if chosen.name == "kvm":
        return Finding(Status.OK, "accelerator", str(chosen))
    hint = "Guests run emulated: all works, times are not comparable with KVM's."
    return Finding(Status.WARN, "accelerator", str(chosen), hint)


def _xen_lab() -> Finding:
    found = inventory.take()
    size = f"{found.disk_bytes >> 20:,} MiB in the cache"
    if found.missing and not found.whole:
        hint = f"What is built with -t {XEN.name} runs in it where the host has no Xen."
        fact = f"cannot be made without {', '.join(found.missing)}"
        return Finding(Status.WARN, "Xen lab", fact, hint)
    if found.damage:
        fact = f"damaged: {found.damage}"
        return Finding(Status.WARN, "Xen lab", fact, "The next boot on Xen makes it again.")
    if found.whole:
        return Finding(Status.OK, "Xen lab", f"Xen {found.xen_version}, {size}".strip())
    if missing := needs.room_missing(nearest_folder()):
        hint = f"Make room, or set {os_errors.CACHE} to a folder on another disk."
        return Finding(Status.WARN, "Xen lab", f"not made yet: it {missing}", hint)
    fact = (
        "not made yet; the first boot on Xen does it, fetches some 90 MB, and leaves some "
        f"{needs.DISK_MIB} MiB in the cache"
    )
    return Finding(Status.OK, "Xen lab", fact)


def _processes() -> Finding:
    reason = probe.run(nearest_folder())
    if not reason:
        return Finding(Status.OK, "processes", f"can be locked in (-t {UNIX.name})")
    hint = f"Under QEMU everything runs: build with -t {VIRTIO.name}."
    return Finding(Status.WARN, "processes", reason, hint)


def _gdb() -> Finding:
    try:
        return Finding(Status.OK, "gdb", f"{locate.require('gdb')}, holds guests and reads cores")
    except ToolMissing as missing:
        fact = "there is no gdb: guests cannot be stepped through, nor cores be read"
        return Finding(Status.WARN, "gdb", fact, missing.hint)


def _taps() -> Finding:
    reason = why_not()
    if not reason:
        return Finding(Status.OK, "tap interfaces", "can be made")
    hint = "Guests reach out and ports are forwarded without them (--net user, lan)."
    return Finding(Status.WARN, "tap interfaces", reason, hint)


def _run_folders() -> Finding:
    folder = run_folder.runtime_folder()
    if shutil.disk_usage(folder).free >= LEAST_RUN_BYTES:
        return Finding(Status.OK, "run folders", f"in {folder}")
    hint = f"Make room, or set {run_folder.VARIABLE} to a folder on another disk."
    return Finding(Status.FAIL, "run folders", f"the disk of {folder} is full", hint)


def _memory() -> Finding:
    free_mib = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    if free_mib >= LEAST_MEMORY_MIB:
        return Finding(Status.OK, "memory", f"{free_mib:,} MiB free")
    hint = "Stop what is not needed; a guest takes its own memory and some 50 MiB for QEMU."
    return Finding(Status.WARN, "memory", f"only {free_mib} MiB free", hint)


CHECKS: tuple[Check, ...] = (
    ("QEMU", _qemu),
    ("accelerator", _accelerator),
    ("Xen lab", _xen_lab),
    ("processes", _processes),
    ("gdb", _gdb),
    ("tap interfaces", _taps),
    ("run folders", _run_folders),
    ("memory", _memory),
)
