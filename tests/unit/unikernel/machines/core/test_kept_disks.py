"""Whose disks stay as they are while a guest runs, and how that is told."""

import asyncio
from types import SimpleNamespace

import pytest

from unikernel.errors import UsageError
from unikernel.machines.process.driver import ProcessDriver
from unikernel.machines.qemu.driver import QemuDriver
from unikernel.machines.xen.driver import XenDriver

SIDE = SimpleNamespace(name="a guest", image=SimpleNamespace(name="hello"))


@pytest.mark.parametrize(
    ("driver", "why"), [(ProcessDriver(), "it is a process"), (XenDriver(), "a domain of Xen's")]
)
def test_disks_that_stay_are_told_and_replaced_by_a_new_boot(driver, why):
    for work in (
        lambda: driver.check_exchange(SIDE),
        lambda: asyncio.run(driver.exchange_disk(SIDE, "storage", None)),
        lambda: asyncio.run(driver.resize_disk(SIDE, "storage", 512)),
    ):
        with pytest.raises(UsageError, match=f"'a guest' stay as they are: {why}") as caught:
            work()
        assert "boot hello" in caught.value.hint
        assert "--replace" in caught.value.hint


def test_disks_under_qemu_are_exchanged():
    QemuDriver().check_exchange(SIDE)
