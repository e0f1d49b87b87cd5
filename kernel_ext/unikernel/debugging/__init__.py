"""Looking into a machine: held under gdb, step by step, sampled, or after its end."""

from __future__ import annotations

from .comparing import compare
from .core_files import core, cores, examine, examine_async
from .gdb_interface.registry import gdb
from .profiling import profile, profile_async
from .steps import step, step_async

__all__ = [
    "compare",
    "core",
    "cores",
    "examine",
    "examine_async",
    "gdb",
    "profile",
    "profile_async",
    "step",
    "step_async",
]
