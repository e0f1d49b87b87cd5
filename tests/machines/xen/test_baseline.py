"""Linux as a domain beside a unikernel, in the same lab: measured in turns."""

import pytest

import unikernel
from unikernel import measure
from unikernel.model.network import user

pytestmark = [pytest.mark.boot, pytest.mark.slow]

IPERF3 = """
module Iperf3 = Iperf3.Make (OS.Time) (Mclock) (Stack)
let start stack = Iperf3.serve stack
"""
LOAD = "module Load = Block_load.Make (Mclock) (Block)\nlet start disk = Load.run disk\n"


def both(rows, metric):
    """Return what was measured of the unikernel and of Linux, each once, as domains alike."""
    found = {row.dimensions["system"]: row for row in rows if row.metric == metric}
    assert set(found) == {"unikernel", "linux"}
    for row in found.values():
        assert (row.dimensions["target"], row.dimensions["machine"]) == ("xen", "pvh")
        assert row.value > 0
    return found["unikernel"].value, found["linux"].value


def test_throughput_in_turns_with_netfronts():
    packages = ["mirage-stack-unikernel", "unikernel-apps.iperf3"]
    image = unikernel.build(IPERF3, name="xen-iperf3", target="xen", packages=packages)
    nets = {"": user()}
    rows = measure.throughput(image, seconds=1, repeat=1, nets=nets, baseline="linux")
    for way in ("in", "out"):
        ours, theirs = both(rows, f"throughput.{way}")
        assert ours > theirs / 2  # more is a benchmark's to tell


def test_a_disk_in_turns_with_blkfronts():
    packages = ["unikernel-apps.block"]
    image = unikernel.build(LOAD, name="xen-load", target="xen", packages=packages)
    choices = {"repeat": 1, "seconds": 0.5, "blocks": {"": "16M"}, "baseline": "linux"}
    rows = measure.block(image, jobs=["read:131072:8", "write:131072:8"], **choices)
    for kind in ("read", "write"):
        ours, theirs = both(rows, f"block.{kind}")
        assert ours > theirs / 2
