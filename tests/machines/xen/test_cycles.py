"""Domains with a network and a disk each come and go, and nothing of them stays.

UNIKERNEL_CYCLES is how many (6, two of which end by force).
"""

import os
import re
import time
from pathlib import Path

import pytest
from support.children import children

import unikernel
from unikernel import machines
from unikernel.host import event_loop
from unikernel.machines.xen.lab.lab import Lab

pytestmark = [
    pytest.mark.boot,
    pytest.mark.slow,
    pytest.mark.usefixtures("own_runtime_folder"),
]

CYCLES = int(os.environ.get("UNIKERNEL_CYCLES", "6"))
PATIENCE_S = 60
FORCED = 3  # every so many ends by force
CACHED_KIB = 4096  # of dom0's memory, for slabs and whatever else grows once
OF_DOMAINS = re.compile(
    r"^(?:/local/domain/[1-9].*|.*/backend/\w+/\d.*|/(?:libxl|vm)/.*)", re.MULTILINE
)
USES_BOTH = """
open Lwt.Infix

let start (stack : Stack.t) (block : Block.t) =
  let sector = Cstruct.of_string (String.make 512 'x') in
  Block.write block 0L [ sector ] >>= fun written ->
  (match written with Ok () -> () | Error _ -> failwith "not written");
  print_endline "written";
  Stack.listen stack
"""


@pytest.fixture(scope="module")
def image():
    return unikernel.build(
        USES_BOTH,
        name="both",
        target="xen",
        packages=["mirage-stack-unikernel", "mirage-block"],
        nets=["service"],
        blocks=["disk"],
    )


def in_dom0(*argv):
    async def run():
        done = await (await Lab.shared()).dom0.run(argv)
        assert done.status == 0, done.errors
        return done.output.decode()

    return event_loop.call(run(), timeout_s=PATIENCE_S)


def keys():
    """Return what Xen tells of grants, event channels and domains."""
    in_dom0("xl", "dmesg", "-c")
    for key in "geq":
        in_dom0("xl", "debug-keys", key)
    return in_dom0("xl", "dmesg")


def held():
    """Return what is in use: in Xen, in dom0, and in QEMU."""
    told = keys()
    programs = in_dom0("ps", "-o", "pid,args")
    return {
        "grants": re.findall(r"^\(XEN\) \[0x.*", told, re.MULTILINE),
        "channels": len(re.findall(r"^\(XEN\) +\d+ \[.*\]: s=", told, re.MULTILINE)),
        "domains": re.findall(r"General information for domain (\d+)", told),
        "pages": re.findall(r"nr_pages=\d+", told),
        "free": re.search(r"free_memory +: (\d+)", in_dom0("xl", "info"))[1],
        "devices": in_dom0("ls", "/sys/class/net", "/sys/block"),
        "xenstore": OF_DOMAINS.findall(in_dom0("xenstore-ls", "-f")),
        "programs": sorted(re.findall(r"^ *\d+ ([^[\n]+)", programs, re.MULTILINE)),
        "files": in_dom0("ls", "/run"),
    }


def descriptors():
    """Return how many each of our children has open, this process too."""
    pids = [os.getpid(), *children(os.getpid())]
    return [len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids]


def available_kib():
    in_dom0("sh", "-c", "echo 3 >/proc/sys/vm/drop_caches")
    return int(re.search(r"MemAvailable: +(\d+)", in_dom0("cat", "/proc/meminfo"))[1])


def cycle(image, disk, number):
    nets, blocks = {"": "user"}, {"": str(disk)}
    choices = {"nets": nets, "blocks": blocks, "wait": "line", "timeout_s": PATIENCE_S}
    with machines.boot(image, name=f"cycle {number}", **choices) as vm:
        assert vm.console.text == "written\n"
        vm.stop(0.01 if number % FORCED == 0 else PATIENCE_S)
    vm.forget()


def settled(before):
    """Return what is held, once devices that go in their own time have gone."""
    end = time.monotonic() + PATIENCE_S
    while (now := held()) != before and time.monotonic() < end:
        time.sleep(0.5)  # nothing tells when a device has gone
    return now


def test_domains_come_and_go_and_nothing_of_them_stays(image, tmp_path):
    disk = Path(tmp_path, "disk")
    disk.write_bytes(bytes(1 << 20))
    before = held()
    cycle(image, disk, 1)  # what is made once
    assert settled(before) == before
    memory_kib, opened = available_kib(), descriptors()
    for number in range(2, CYCLES + 1):
        cycle(image, disk, number)
    assert settled(before) == before
    assert descriptors() == opened
    assert available_kib() > memory_kib - CACHED_KIB
