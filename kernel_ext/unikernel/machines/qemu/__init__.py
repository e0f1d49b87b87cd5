"""QEMU, the hypervisor: which there is, how it is started, how it is asked."""
