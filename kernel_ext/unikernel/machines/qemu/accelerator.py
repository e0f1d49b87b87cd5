"""Which accelerator runs guests here: KVM only where guests really run under it.

A /dev/kvm that opens proves nothing (nested virtualisation, containers): `auto` boots a probe guest
and gives it a second. A KVM that passes and gives up on a real guest is not trusted again. The
answer is kept until the host reboots, or QEMU or the probe changes.
"""

from __future__ import annotations

import contextlib
import grp
import json
import os
import threading
from dataclasses import asdict
from pathlib import Path

from unikernel.errors import BootFailed, HypervisorMissing
from unikernel.model.accelerator import ASKED_FOR, Accelerator
from unikernel_toolchain.errors import ToolchainError
from unikernel_toolchain.store import cache

from . import hypervisor, probe

KVM_DEVICE = Path("/dev/kvm")
PROBE_TIME_S = 1.0

_probing = threading.Lock()
_failed_here = ""  # why KVM is not trusted since this process saw it fail


def choose(word: str = "auto") -> Accelerator:
    """Return the accelerator that `word` ("auto", "kvm", "tcg") means on this host.

    May take a second the first time after the host has booted, more where the probe guest is to be
    built. Raises HypervisorMissing, and BootFailed when KVM is demanded on a host without it.
    """
    if word == "tcg":
        return Accelerator("tcg", ASKED_FOR)
    trouble = _why_no_device()
    if word == "kvm":
        if trouble:
            raise BootFailed(f"KVM was asked for, but {trouble}.", hint="Use --accel auto or tcg.")
        return Accelerator("kvm", ASKED_FOR)
    return Accelerator("tcg", trouble) if trouble else still(_probed())


def known() -> Accelerator | None:
    """Return what `choose` would, if that has been found out since the host booted; else None.

    Probes nothing: for who would rather not know than wait.
    """
    if trouble := _why_no_device():
        return Accelerator("tcg", trouble)
    with contextlib.suppress(HypervisorMissing, OSError):
        if found := _recall(_conditions(hypervisor.find())):
            return still(found)
    return None


def still(chosen: Accelerator) -> Accelerator:
    """Return what was chosen, unless KVM has failed in this process since."""
    return Accelerator("tcg", _failed_here) if chosen.name == "kvm" and _failed_here else chosen


def distrust(why: str) -> Accelerator:
    """Note that KVM gave up on a guest, `why` in words, and return what takes its place."""
    global _failed_here  # noqa: PLW0603 (a fact about the host, which every machine asks)
    _failed_here = f"KVM gave up on a guest ({why})"
    instead = Accelerator("tcg", _failed_here)
    with _probing, contextlib.suppress(OSError, ToolchainError):
        _remember(_conditions(hypervisor.find()), instead)
    return instead


def _why_no_device() -> str:
    if not KVM_DEVICE.exists():
        return f"there is no {KVM_DEVICE}"
    if not os.access(KVM_DEVICE, os.R_OK | os.W_OK):
        return f"{KVM_DEVICE} may not be opened by this user{_who_may()}"
    return ""


def _who_may() -> str:
    """Say which group may open the device, if one may."""
    seen = KVM_DEVICE.stat()
    with contextlib.suppress(KeyError):
        return f" (group {grp.getgrgid(seen.st_gid).gr_name} may)" if seen.st_mode & 0o060 else ""
    return ""


def _probed() -> Accelerator:
    """Probe KVM, or recall what came of it since the host booted."""
    qemu = hypervisor.find()
    conditions = _conditions(qemu)
    with _probing:
        known = _recall(conditions)
        if known is None:
            try:
                image = probe.image()
            except ToolchainError as problem:  # no answer to keep: it may be mended
                return Accelerator("tcg", f"no guest to probe KVM with: {problem.what}")
            known = ask(qemu, image)
            with contextlib.suppress(OSError, ToolchainError):  # unkept, it is asked for again
                _remember(conditions, known)
    return known


def _conditions(qemu: str) -> dict[str, str]:
    return {
        "boot": hypervisor.host_boot(),
        "qemu": hypervisor.identity(qemu),
        "probe": probe.identity(),
    }


def _record() -> Path:
    return cache.root() / "accelerator.json"


def _recall(conditions: dict[str, str]) -> Accelerator | None:
    try:
        stored = json.loads(_record().read_text(encoding="utf-8"))
        known = Accelerator(**stored["accelerator"])
        if stored["conditions"] == conditions and known.name in ("kvm", "tcg"):
            return known
    except (OSError, ValueError, KeyError, TypeError):
        pass  # no record, or one that cannot be read, is no answer
    return None


def _remember(conditions: dict[str, str], known: Accelerator) -> None:
    text = json.dumps({"conditions": conditions, "accelerator": asdict(known)}, indent=1)
    cache.write_atomically(_record(), text)


def ask(qemu: str, image: Path) -> Accelerator:
    """Boot the probe's image under KVM; TCG with the reason unless it passed within a second."""
    trouble = probe.why_not(qemu, image, "kvm", PROBE_TIME_S)
    if trouble:
        return Accelerator("tcg", f"KVM {trouble}")
    return Accelerator("kvm", "a probe guest ran under it")
