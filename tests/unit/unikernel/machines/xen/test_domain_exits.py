"""How a domain ended: by the guest's word, then by Xen's."""

import pytest

from unikernel.guest.trace import Ending, EndingKind
from unikernel.machines.xen.exits import Evidence, Reason, exit_of
from unikernel.model.state import Cause

EXITED = Ending(EndingKind.EXIT, 0)
FAILED = Ending(EndingKind.EXIT, 3)


@pytest.mark.parametrize(
    ("known", "cause"),
    [
        ({"ending": EXITED}, Cause.EXIT),
        ({"ending": EXITED, "stop_requested": True}, Cause.STOPPED),
        ({"ending": FAILED, "stop_requested": True}, Cause.EXIT),
        ({"ending": EXITED, "lost": "the lab ended"}, Cause.EXIT),
        ({"stop_requested": True, "reason": Reason.POWEROFF}, Cause.STOPPED),
        ({"reason": Reason.POWEROFF}, Cause.EXIT),
        ({"reason": Reason.REBOOT}, Cause.TRIPLE_FAULT),
        ({"reason": Reason.CRASH, "xen_said": "d3 crashed"}, Cause.GIVEN_UP),
        ({"reason": 77}, Cause.GIVEN_UP),
        ({"lost": "the lab ended"}, Cause.LOST),
        ({}, Cause.LOST),
    ],
)
def test_causes(known, cause):
    assert exit_of(Evidence(0, **known)).cause is cause


def test_xens_own_words_are_told():
    assert exit_of(Evidence(0, reason=Reason.CRASH, xen_said="d3 crashed")).message == "d3 crashed"
