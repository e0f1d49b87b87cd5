"""What is being done to a machine and must not be disturbed is refused meanwhile, in words."""

import pytest
from support.fake_machine import FakeMachine
from support.images import image_of

from unikernel.errors import WrongState
from unikernel.model.state import State


@pytest.fixture
def lifecycle(tmp_path):
    file = tmp_path / "image"
    file.touch()
    return FakeMachine(image_of(file, "hello"))._side.lifecycle


def test_holding_a_machine_waits_for_what_is_done_to_it(lifecycle):
    with lifecycle.occupied("profiled", State.RUNNING):
        for action in ("paused", "reset", "profiled"):
            with pytest.raises(WrongState, match=f"{action} now: it is being profiled"):
                lifecycle.require(action, State.RUNNING)
        lifecycle.require("asked", State.RUNNING)
    lifecycle.require("paused", State.RUNNING)


def test_nothing_is_begun_in_another_state(lifecycle):
    lifecycle.become(State.PAUSED)
    with pytest.raises(WrongState, match="it is paused"):
        lifecycle.occupied("profiled", State.RUNNING).__enter__()
    lifecycle.require("resumed", State.PAUSED)
