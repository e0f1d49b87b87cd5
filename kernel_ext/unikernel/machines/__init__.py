"""Machines: guests that run, and how to boot, find and drive them."""

from .boot import boot, boot_async
from .core.machine import Machine
from .detach import detach

__all__ = ["Machine", "boot", "boot_async", "detach"]
