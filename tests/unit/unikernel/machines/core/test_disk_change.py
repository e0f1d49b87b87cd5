"""What a running machine's disk may be changed to, and what is refused in which words."""

import json

import pytest

from unikernel.errors import DiskUnavailable, UsageError
from unikernel.machines.core.disk_change import DiskChange, change_of
from unikernel.model.block import Block, parse

MIB = 1 << 20
KEPT, READ = Block("/d/a.img", MIB), Block("/d/a.img", MIB, read_only=True)


@pytest.mark.parametrize(
    "change",
    [
        DiskChange("attach", "a", Block("/d/a, b.img", snapshot=True)),
        DiskChange("attach", "a", parse("64M")),
        DiskChange("detach", "a"),
        DiskChange("resize", "a", size_bytes=MIB, shrink=True),
    ],
)
def test_it_goes_from_process_to_process(change):
    assert change_of(json.loads(json.dumps(change.facts()))) == change


@pytest.mark.parametrize(
    ("change", "now"),
    [
        (DiskChange("attach", "a", KEPT), parse("none")),
        (DiskChange("attach", "a", READ), parse("none,ro")),
        (DiskChange("detach", "a"), READ),
        (DiskChange("resize", "a", size_bytes=2 * MIB), KEPT),
        (DiskChange("resize", "a", size_bytes=512, shrink=True), KEPT),
        (DiskChange("resize", "a", size_bytes=MIB), KEPT),
    ],
)
def test_what_may_be(change, now):
    change.check("vm", now)


@pytest.mark.parametrize(
    ("change", "now", "error", "says"),
    [
        (DiskChange("attach", "a", KEPT), KEPT, DiskUnavailable, "disk detach"),
        (DiskChange("attach", "a", KEPT), parse("4M"), DiskUnavailable, "a fresh disk of 4M"),
        (DiskChange("attach", "a", KEPT), parse("none,ro"), UsageError, r"/d/a.img,size=1M,ro"),
        (DiskChange("attach", "a", parse("4M")), parse("none,ro"), UsageError, "read only"),
        (DiskChange("attach", "a", READ), parse("none"), UsageError, "FILE,snapshot"),
        (DiskChange("attach", "a", parse("none")), parse("none"), UsageError, "no disk to attach"),
        (DiskChange("detach", "a"), parse("none"), DiskUnavailable, "has no disk"),
        (DiskChange("resize", "a", size_bytes=MIB), parse("none"), DiskUnavailable, "has no disk"),
        (DiskChange("resize", "a", size_bytes=512), KEPT, UsageError, "--shrink"),
        (DiskChange("resize", "a", size_bytes=2 * MIB), READ, UsageError, "keeps its size"),
    ],
)
def test_what_may_not_be(change, now, error, says):
    with pytest.raises(error) as caught:
        change.check("vm", now)
    assert says in f"{caught.value.what} {caught.value.hint}"
