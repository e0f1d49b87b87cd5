"""What is plugged into the lab: networks and disks, each a device of its QEMU."""
