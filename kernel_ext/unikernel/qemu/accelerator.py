"""Which accelerator runs guests here: KVM only where a guest really ran under it.

A /dev/kvm that opens and then hangs every guest is real (nested virtualisation, some containers),
so `auto` boots a probe kernel and gives it a second. The answer is kept until the host reboots or
QEMU changes.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

from unikernel.errors import BootFailed
from unikernel.process.child import leashed
from unikernel.spec import Spec
from unikernel_toolchain import cache

from . import hypervisor, probe_kernel
from .command_line import command

KVM_DEVICE = Path("/dev/kvm")
PROBE_TIME_S = 1.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

_probing = threading.Lock()


@dataclass(frozen=True)
class Accelerator:
    """What executes guest instructions: "kvm" or "tcg", and why that one."""

    word: str
    reason: str

    def __str__(self) -> str:
        return f"{self.word.upper()} ({self.reason})"


def choose(word: str = "auto") -> Accelerator:
    """Return the accelerator that `word` ("auto", "kvm", "tcg") means on this host.

    May take a second the first time after the host has booted. Raises HypervisorMissing, and
    BootFailed when KVM is demanded on a host without it.
    """
    if word == "tcg":
        return Accelerator("tcg", "asked for")
    trouble = _why_no_device()
    if word == "kvm":
        if trouble:
            raise BootFailed(f"KVM was asked for, but {trouble}.", hint="Use --accel auto or tcg.")
        return Accelerator("kvm", "asked for")
    return Accelerator("tcg", trouble) if trouble else _probed()


def _why_no_device() -> str:
    if not KVM_DEVICE.exists():
        return f"there is no {KVM_DEVICE}"
    if not os.access(KVM_DEVICE, os.R_OK | os.W_OK):
        return f"{KVM_DEVICE} may not be opened by this user"
    return ""


def _probed() -> Accelerator:
    """Probe KVM, or recall what the probe said since the host booted."""
    qemu = hypervisor.find()
    circumstances = {"boot": _BOOT_ID.read_text().strip(), "qemu": hypervisor.identity(qemu)}
    record = cache.root() / "accelerator.json"
    with _probing:
        known = _recall(record, circumstances)
        if known is None:
            known = probe(qemu)
            _remember(record, circumstances, known)
    return known


def _recall(record: Path, circumstances: dict[str, str]) -> Accelerator | None:
    try:
        stored = json.loads(record.read_text(encoding="utf-8"))
        if stored["circumstances"] == circumstances:
            return Accelerator(**stored["accelerator"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # no record, or one that cannot be read, is no answer
    return None


def _remember(record: Path, circumstances: dict[str, str], known: Accelerator) -> None:
    text = json.dumps({"circumstances": circumstances, "accelerator": asdict(known)}, indent=1)
    cache.write_whole(record, text)


def probe(qemu: str) -> Accelerator:
    """Boot the probe kernel under KVM; TCG with the reason unless it ran within a second."""
    with tempfile.TemporaryDirectory(prefix="uk-probe-") as folder:
        image = Path(folder) / "probe"
        image.write_bytes(probe_kernel.elf())
        words = command(qemu, image, Spec(memory_mib=8), "kvm")
        try:
            ended = subprocess.run(
                leashed(words),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=PROBE_TIME_S,
                start_new_session=True,
            )
        except subprocess.TimeoutExpired:
            return Accelerator("tcg", f"a probe guest under KVM hung for {PROBE_TIME_S:g} s")
    if ended.returncode == probe_kernel.EXIT_STATUS:
        return Accelerator("kvm", "a probe guest ran under it")
    words_said = ended.stderr.strip().splitlines()
    said = words_said[0].rpartition("error: ")[2] if words_said else f"status {ended.returncode}"
    return Accelerator("tcg", f"a probe guest did not run under KVM: {said}")
