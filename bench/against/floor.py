"""The floor: what any QEMU boot costs at least."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bench.tools.programs import LINE

SOURCE = Path(__file__).with_name("floor_kernel")


def build(folder: Path) -> Path:
    """Build the smallest kernel that says the line; return its file in `folder`."""
    kernel = folder / "floor"
    script = f"-Wl,-T,{SOURCE / 'floor.lds'},--build-id=none,-z,max-page-size=4096,-s"
    subprocess.run(
        [
            *("gcc", "-nostdlib", "-static", "-no-pie", script, f'-DLINE="{LINE}"'),
            *(str(SOURCE / "floor.S"), "-o", str(kernel)),
        ],
        check=True,
        timeout=60,
    )
    return kernel
