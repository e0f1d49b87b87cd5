"""The base's C, compiled for this machine: parts that need no machine.

The rings of Xen's front ends meet back ends that answer what they like; how many answers
those try is an argument of each program, and UNIKERNEL_RING_ANSWERS=3400000 makes that ten
million in all, in two minutes.
"""

import os
import subprocess

import pytest
from support import TESTS

from unikernel_toolchain.library_os.library_os import SOURCES
from unikernel_toolchain.tools.locate import locate_c

XEN_NET = "platform/xen/net"
XEN_BLOCK = "platform/xen/block"
XEN_STORE = tuple(
    f"platform/xen/store/{name}.c"
    for name in (
        *("store_ring", "store_message", "store_exchange"),
        *("xenstore", "directory", "watches", "watch_list"),
    )
)
SHARED_PAGE = "platform/xen/front/shared_page.c"
PROGRAMS = {
    "virtqueue_answers": ("platform/virtio/virtqueue.c",),
    "xen_net_receive": (f"{XEN_NET}/net_receive.c", f"{XEN_NET}/net_frame.c", SHARED_PAGE),
    "xen_net_send": (
        *(f"{XEN_NET}/net_send.c", f"{XEN_NET}/net_slots.c", f"{XEN_NET}/net_split.c"),
        SHARED_PAGE,
    ),
    "xen_console": ("platform/xen/console/console_ring.c",),
    "xen_store": (*XEN_STORE, "platform/common/report/format.c"),
    "xen_bus": (
        *(f"platform/xen/front/{name}.c" for name in ("xenbus", "xenbus_find")),
        *(part for part in XEN_STORE if not part.endswith("exchange.c")),
        "platform/common/report/format.c",
    ),
    "xen_block_away": (
        *(f"{XEN_BLOCK}/{name}.c" for name in ("block", "block_connection")),
        *(f"{XEN_BLOCK}/{name}.c" for name in ("block_ring", "block_pages")),
        *(SHARED_PAGE, "platform/common/report/format.c"),
    ),
    "xen_block": (f"{XEN_BLOCK}/block_ring.c", f"{XEN_BLOCK}/block_pages.c", SHARED_PAGE),
}
ANSWERS = os.environ.get("UNIKERNEL_RING_ANSWERS", "200000")
TIME_LIMIT_S = 60 + int(ANSWERS) / 10000
# Of the distribution's headers only those that the C library does not have.
XEN_HEADERS = "-idirafter/usr/include/xen"


@pytest.mark.parametrize("name", PROGRAMS)
def test_c(name, tmp_path):
    program = tmp_path / name
    parts = [SOURCES / part for part in PROGRAMS[name]]
    sanitizers = "-fsanitize=undefined" + (",address" if name.startswith("xen") else "")
    flags = ("-std=gnu11", "-O1", sanitizers, "-fno-sanitize-recover=all")
    includes = (f"-I{SOURCES / 'platform'}", f"-I{SOURCES / 'include'}", XEN_HEADERS)
    source = TESTS / f"libos/c/{name}.c"
    subprocess.run([locate_c().gcc, *flags, *includes, source, *parts, "-o", program], check=True)
    # looking for leaks needs ptrace, which not every container has
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    done = subprocess.run(
        [program, ANSWERS],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
        env=environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr
