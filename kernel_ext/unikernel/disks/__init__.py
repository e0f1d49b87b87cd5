"""Disks brought to life: the host's ends of a machine's block devices while it runs."""

from .opened import Disk, open_disks

__all__ = ["Disk", "open_disks"]
