import pytest

from unikernel.errors import UsageError
from unikernel.machines.qemu.observing import snapshots
from unikernel.model.spec import Spec


@pytest.mark.parametrize(
    ("block", "hint"),
    [
        ("4M", "storage=FILE,snapshot, where FILE is as empty: truncate -s 4M FILE."),
        ("512B", "truncate -s 512 FILE."),
        ("disk.img", "storage=FILE,snapshot (or ro)."),
    ],
)
def test_a_disk_that_would_not_go_back_is_refused_with_what_to_do(block, hint):
    with pytest.raises(UsageError, match="'storage' is written to in place") as refused:
        snapshots.check("jr", Spec(blocks={"storage": block}))
    assert refused.value.hint.endswith(hint)


@pytest.mark.parametrize("block", ["disk.img,ro", "disk.img,snapshot", "none"])
def test_a_disk_that_goes_back_or_is_none_is_taken(block):
    snapshots.check("jr", Spec(blocks={"storage": block}))
