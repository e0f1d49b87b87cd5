"""The command line of the lab's QEMU: pure functions.

What is saved and what is restored must be the same machine, except for what starts Xen: that is in
its memory. The processor is one that Xen runs on under TCG: without SMAP, whose faults TCG raises
where dom0's kernel leaves (QEMU 7.2); without MWAIT, in which Xen would idle; and without RDTSCP,
which guests would use and Xen not let them. Nested paging, which Xen needs, is AMD's.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MEMORY_MIB = 1024
DOM0_MIB = 192
TRANSLATION_MIB = 128  # of TCG's code, all of which is used within a dozen guests
CPU = "EPYC,-smap,-monitor,-rdtscp"
# Without eager-fpu Xen leaves the vector registers of one domain in place until the next one traps
# at them, and under QEMU that was seen to fail: programs of dom0 crashed on pointers of a guest's.
XEN_ARGUMENTS = (
    *("console=com1", "com1=115200", f"dom0_mem={DOM0_MIB}M,max:{DOM0_MIB}M", "dom0_max_vcpus=1"),
    *("cpuidle=0", "bootscrub=0", "spec-ctrl=no,eager-fpu", "xpti=0"),
)
LINUX_ARGUMENTS = (
    *("console=hvc0", "quiet", "panic=-1", "mitigations=off", "audit=0", "apparmor=0"),
    *(
        "nomodeset",
        "swiotlb=4096",
        "cryptomgr.notests",
        "no_timer_check",
        "8250.nr_uarts=0",
        "ipv6.disable=1",
    ),
)


@dataclass(frozen=True)
class Ends:
    """Descriptors of connected sockets that QEMU inherits."""

    console_fd: int
    qmp_fd: int
    agent_fd: int


@dataclass(frozen=True)
class Kernels:
    """Files of what QEMU starts."""

    xen: Path
    kernel: Path
    initramfs: Path


def cold(qemu: str, memory: Path, ends: Ends, kernels: Kernels) -> list[str]:
    """Return the command that starts Xen with its memory in a file that keeps it."""
    modules = f"{_word(kernels.kernel)} {' '.join(LINUX_ARGUMENTS)},{_word(kernels.initramfs)}"
    return [
        *_machine(qemu, memory, ends, keep=True),
        *("-kernel", str(kernels.xen), "-append", " ".join(XEN_ARGUMENTS), "-initrd", modules),
    ]


def restored(qemu: str, memory: Path, ends: Ends) -> list[str]:
    """Return the command that waits for a saved state, its memory a private copy of a file's."""
    return [*_machine(qemu, memory, ends, keep=False), "-incoming", "defer"]


def _machine(qemu: str, memory: Path, ends: Ends, *, keep: bool) -> list[str]:
    share = "on" if keep else "off"
    ram = f"id=ram,size={MEMORY_MIB}M,mem-path={_word(memory)},share={share}"
    return [
        *(qemu, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
        *("-accel", f"tcg,tb-size={TRANSLATION_MIB}", "-cpu", CPU, "-smp", "1"),
        *("-M", "pc,memory-backend=ram,usb=off,hpet=off,vmport=off", "-m", f"{MEMORY_MIB}M"),
        *("-object", f"memory-backend-file,{ram}"),
        *("-chardev", f"socket,id=console,fd={ends.console_fd}", "-serial", "chardev:console"),
        *("-chardev", f"socket,id=agent,fd={ends.agent_fd}"),
        *("-device", "virtio-serial-pci,id=serial,addr=3,max_ports=2"),
        *("-device", "virtserialport,bus=serial.0,chardev=agent,name=agent"),
        *("-device", "virtio-scsi-pci,id=scsi,addr=4"),
        *("-chardev", f"socket,id=qmp,fd={ends.qmp_fd}", "-mon", "chardev=qmp,mode=control"),
    ]


def _word(path: Path) -> str:
    """Return a path within a list of QEMU's, where a comma is doubled."""
    return str(path).replace(",", ",,")
