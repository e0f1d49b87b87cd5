"""A dom0 without a Xen, for tests of what drives one."""
