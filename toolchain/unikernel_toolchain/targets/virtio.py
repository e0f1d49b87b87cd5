"""QEMU with KVM or TCG, machines microvm, q35 and pc: x86-64, PVH boot."""

from __future__ import annotations

from . import Target

TARGET = Target(
    name="virtio",
    runs_on="QEMU",
    platform=("common", "machine", "x86_64", "pvh", "virtio"),
    link_script="pvh/link.lds",
    c_flags=(
        *("-std=gnu11", "-O2", "-g", "-m64", "-mno-red-zone", "-mcmodel=small"),
        *("-fno-pic", "-fno-pie", "-fstack-protector-strong"),
        *("-mstack-protector-guard=global", "-fstack-clash-protection"),
        *("-ffunction-sections", "-fdata-sections", "-fno-omit-frame-pointer"),
    ),
    # Interrupts save no vector registers; and an emulator is slow to translate them.
    platform_flags=(
        *("-ffreestanding", "-mgeneral-regs-only"),
        "-DSOLO5_ABI_TARGET=VIRTIO_ABI_TARGET",
    ),
    link_flags=(
        *("-static", "-nostdlib", "--gc-sections"),
        *("-z", "noexecstack", "-z", "max-page-size=4096"),
    ),
)
