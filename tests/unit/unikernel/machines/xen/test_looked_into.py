"""What cannot be looked into here says so, and what can."""

import asyncio

import pytest
from support.fake_machine import FakeDomain, fake_image

from unikernel.errors import UsageError


@pytest.fixture
def side(tmp_path):
    return FakeDomain(fake_image(tmp_path, target="xen"), "domain")._side


def test_a_domain_is_neither_saved_nor_profiled(side):
    assert not side.machine.can_snapshot
    with pytest.raises(UsageError, match="no snapshot is taken here") as refused:
        side.driver.check_save(side)
    assert "-t virtio" in refused.value.hint
    with pytest.raises(UsageError, match="whose stack nobody here can look at") as refused:
        asyncio.run(side.driver.sample(side, 1.0, 100.0))
    assert "-t unix" in refused.value.hint
