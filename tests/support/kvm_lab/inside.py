"""Runs inside, on real KVM: asks for the accelerator, boots images, says what came of it.

`python inside.py REQUEST`, a file of JSON: images to boot, and the path of the probe's, which takes
too long to build here. Each line told is MARK and JSON.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import unikernel
from unikernel.machines.qemu import accelerator, hypervisor, probe
from unikernel_toolchain.model.device import Device
from unikernel_toolchain.model.image import Image

MARK = "kvm-lab: result "
LIMIT_S = 60


def report(**facts: Any) -> None:
    print(MARK + json.dumps(facts), flush=True)


def boot(image: Image, machine: str) -> None:
    with unikernel.boot(image, machine=machine, wait="running") as vm:
        ended = vm.wait(timeout_s=LIMIT_S)
        report(
            image=image.name,
            machine=machine,
            accelerator=vm.accelerator,
            exit=str(ended),
            text=vm.console.text,
            phases=[phase.name for phase in vm.timeline.phases] if vm.timeline else [],
        )


def main() -> None:
    # The first start reads QEMU over 9p. This machine is itself emulated, and on a busy host slower
    # than any real one: what the probe decides is asked here, not how fast.
    request = json.loads(Path(sys.argv[1]).read_text())
    accelerator.PROBE_TIME_S = 10.0
    probe.image = lambda: Path(request["probe"])
    subprocess.run([hypervisor.find(), "--version"], capture_output=True, timeout=LIMIT_S)
    chosen = accelerator.choose("auto")
    report(accelerator=chosen.name, reason=chosen.reason)
    for fields in request["images"]:
        paths = {key: Path(fields[key]) for key in ("path", "debug_path", "map_path")}
        devices = tuple(Device(**device) for device in fields["devices"])
        for machine in ("microvm", "q35"):
            boot(Image(**fields | paths | {"devices": devices}), machine)


main()
