"""Build, boot, look and stop, over and over in one kernel: nothing grows.

UNIKERNEL_LOOPS says how often (default 60).
"""

import os

import pytest
from support.frontends.kernel import Kernel

pytestmark = [pytest.mark.boot, pytest.mark.slow]

LOOPS = int(os.environ.get("UNIKERNEL_LOOPS", "60"))
WARM_UPS = 40  # after which caches and memory pools are full
NOISE_BYTES = 2 << 20  # Python takes memory from the system by the megabyte
FLAGS = {"virtio": "--accel tcg", "unix": ""}
SETUP = """
import ctypes, gc, os, threading
from pathlib import Path
import ipywidgets
from IPython.display import display
from unikernel.host import run_folder
from unikernel.machines import registry

SOURCE = '#include <stdio.h>\\nint main(void) { puts("hello"); getchar(); return 0; }'
shell = get_ipython()

def loop(target, flags, count):
    for _ in range(count):
        shell.run_cell_magic("unikernel", f"build loop --lang c -t {target}", SOURCE)
        machine = shell.run_line_magic("unikernel", f"boot loop --wait 0 {flags}")
        display(shell.run_line_magic("unikernel", "console loop"))
        display(shell.run_line_magic("unikernel", "panel loop"))
        machine.console.expect("hello", timeout_s=60)
        shell.run_line_magic("unikernel", "stop loop")

def facts():
    registry.clear()
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    tasks = Path("/proc/self/task").iterdir()
    return {
        "bytes": int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE"),
        "objects": len(gc.get_objects()),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "threads": threading.active_count(),
        "children": sum(len((task / "children").read_text().split()) for task in tasks),
        "folders": len([*run_folder.runtime_folder().glob(f"{os.getpid()}-*")]),
        "widgets": len(ipywidgets.Widget.widgets),
    }
"""


@pytest.fixture
def kernel():
    kernel = Kernel()
    kernel.run(SETUP)
    yield kernel
    kernel.close()


@pytest.mark.parametrize("target", FLAGS)
def test_nothing_grows(kernel, target):
    def facts_after(count):
        for done in range(0, count, 20):  # in cells that take seconds each
            kernel.run(f"loop({target!r}, {FLAGS[target]!r}, {min(20, count - done)})")
        return eval(kernel.text("facts()"))

    before = facts_after(WARM_UPS)
    after = facts_after(LOOPS)
    grown = {what: after[what] - before[what] for what in before}
    assert (after["children"], after["folders"], after["widgets"]) == (0, 0, before["widgets"])
    assert grown["threads"] <= 0
    assert grown["descriptors"] <= 2, "a connection of the kernel's own may come or go"
    assert grown["objects"] < 5 * LOOPS + 500, grown
    assert grown["bytes"] < 1024 * LOOPS + NOISE_BYTES, grown
