"""Machines: guests that run, and how to boot, find and drive them.

What stands here is for users, who may name an image by its name.
"""

from unikernel.images import by_name

from .boot import boot as _boot
from .boot import boot_async as _boot_async
from .core.machine import Machine
from .detach import detach as _detach

boot = by_name(_boot)
boot_async = by_name(_boot_async)
detach = by_name(_detach)

__all__ = ["Machine", "boot", "boot_async", "detach"]
