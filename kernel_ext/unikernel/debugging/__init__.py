"""Looking into a machine: held under gdb, step by step, sampled, or after its end."""

from __future__ import annotations

from .core_files import core, cores, examine, examine_async
from .gdb_interface.registry import gdb
from .profiling import profile, profile_async

__all__ = ["core", "cores", "examine", "examine_async", "gdb", "profile", "profile_async"]
