"""A PVH domain of Xen 4.10 or newer: x86-64."""

from __future__ import annotations

from . import Target, virtio

TARGET = Target(
    name="xen",
    runs_on="Xen, as a PVH domain",
    platform=("common", "machine", "x86_64", "pvh", "xen"),
    link_script="pvh/link.lds",
    # All above the platform is a machine's, not Xen's: OCaml's runtime and packages are virtio's.
    c_flags=virtio.TARGET.c_flags,
    platform_flags=(
        *("-ffreestanding", "-mgeneral-regs-only"),
        "-DSOLO5_ABI_TARGET=XEN_ABI_TARGET",
        "-D__XEN_INTERFACE_VERSION__=0x00040a00",
    ),
    link_flags=virtio.TARGET.link_flags,
    headers=("xen",),
    packages={"mirage-unikernel": "mirage-xen"},
)
