"""How the baseline is booted: with the decisions that a unikernel's boot takes."""

from __future__ import annotations

from dataclasses import replace

from unikernel.machines.core.launch import Launch
from unikernel.machines.prepare import wired
from unikernel.machines.targets import DRIVERS
from unikernel.model.spec import Spec

from .guests import GUESTS
from .linux import Baseline


def prepare_baseline(baseline: Baseline, spec: Spec) -> Launch:
    """Decide how the baseline is booted: as `spec` says, with the memory it needs.

    Raises UsageError and HypervisorMissing.
    """
    memory_mib = max(spec.memory_mib, baseline.least_memory_mib)
    arguments = GUESTS[baseline.image.target].arguments
    spec = replace(spec, memory_mib=memory_mib, arguments=arguments)
    return Launch(
        baseline.image.name,
        baseline.image,
        wired(baseline.image, baseline.image.name, spec),
        *DRIVERS[baseline.image.target].choose(baseline.image, spec),
        initrd=baseline.initrd,
    )
