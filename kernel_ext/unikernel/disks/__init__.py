"""Disks brought to life: the host's ends of a machine's block devices while it runs."""

from .contents import DiskContents, Extracted, contents
from .opened import Disk, open_disks, open_read_only

__all__ = ["Disk", "DiskContents", "Extracted", "contents", "open_disks", "open_read_only"]
