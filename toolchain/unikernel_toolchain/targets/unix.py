"""A process of Linux, locked in by seccomp: x86-64, a static program."""

from __future__ import annotations

from . import Target

TARGET = Target(
    name="unix",
    runs_on="Linux itself, as a process",
    platform=("common", "x86_64/common", "unix"),
    link_script="unix/link.lds",
    c_flags=(
        *("-std=gnu11", "-O2", "-g", "-m64", "-mcmodel=small"),
        *("-fno-pic", "-fno-pie", "-fstack-protector-strong"),
        *("-mstack-protector-guard=global", "-fstack-clash-protection"),
        *("-ffunction-sections", "-fdata-sections", "-fno-omit-frame-pointer"),
    ),
    # Of Solo5's targets spt is a process under seccomp as well; no tender starts this one.
    platform_flags=("-ffreestanding", "-DSOLO5_ABI_TARGET=SPT_ABI_TARGET"),
    link_flags=(
        *("-static", "-nostdlib", "--gc-sections"),
        *("-z", "noexecstack", "-z", "max-page-size=4096"),
    ),
    # The processor itself runs a process: there is no emulator to spare instructions.
    without_passes=("initialiser-bytecode",),
    file_mode=0o755,
)
