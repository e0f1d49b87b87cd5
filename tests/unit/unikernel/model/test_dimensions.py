"""Where rows were taken, in a line."""

from unikernel.model.dimensions import summary
from unikernel.model.measurement import Measurement

SIZE = {"target": "xen"}
BOOT = {"target": "xen", "machine": "pvh", "memory_mib": 32, "accelerator": "xen lab (TCG)"}


def rows(*dimensions):
    return [Measurement("a metric", 1.0, "ms", each) for each in dimensions]


def test_a_size_does_not_hide_what_the_boots_ran_on():
    said = summary(rows(SIZE, BOOT))
    assert said.startswith("xen, pvh, 32 MiB, Xen in QEMU")


def test_memory_that_differs_is_left_out():
    said = summary(rows(BOOT, BOOT | {"memory_mib": 64}))
    assert said.startswith("xen, pvh, Xen in QEMU")


def test_sizes_alone_have_a_target():
    assert summary(rows(SIZE)) == "xen"
    assert summary([]) == ""
