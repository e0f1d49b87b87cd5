"""User networks: the NAT inside a QEMU, and what is watched and widened there."""
