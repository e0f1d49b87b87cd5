"""Looking at a guest under QEMU while it runs: what it uses, what it sends."""
