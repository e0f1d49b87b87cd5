"""Baselines: what a unikernel is measured against, run on the same hypervisor."""

from .linux import linux

__all__ = ["linux"]
