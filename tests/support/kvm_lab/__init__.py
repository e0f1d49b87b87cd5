"""Real KVM on any machine: a Linux with KVM inside an emulated AMD processor.

TCG emulates AMD's SVM, so a Debian kernel under TCG offers a working /dev/kvm, too slow to
measure with and good enough to test with. That Linux sees this machine's own file tree, read-only
over 9p: the same QEMU, Python and project run inside, nothing is copied.
"""
