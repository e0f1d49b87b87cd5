"""What a session keeps of machines that ended."""

import gc
import weakref

import pytest

from unikernel import machines
from unikernel.machines import registry
from unikernel.render.live_console import Follower


@pytest.mark.boot
def test_machines_that_ended_are_freed(guest, tmp_path):
    registry.clear()
    image = guest.image(tmp_path, guest.say("x\n") + guest.leave(0))
    seen = []
    for number in range(registry.ENDED_KEPT + 8):
        vm = machines.boot(image, name=f"vm{number}", wait="exit", timeout_s=60)
        vm.wait(60)
        follower = Follower(vm, lambda _: 0)
        follower.redraw()
        seen.append(weakref.ref(vm))
    del vm, follower
    gc.collect()
    alive = [made().name for made in seen if made()]
    assert len(alive) <= registry.ENDED_KEPT + 1, alive
    registry.clear()
