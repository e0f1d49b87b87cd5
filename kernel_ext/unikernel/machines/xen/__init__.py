"""Xen domains: guests that a dom0 carries, this host's or the lab's."""
