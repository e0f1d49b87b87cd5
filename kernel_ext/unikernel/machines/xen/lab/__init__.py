"""The Xen lab: Xen and a Linux dom0 inside QEMU, made at first use and restored from then on."""
