"""What programs are measured against: the least that a boot under QEMU, or of a process, takes."""
