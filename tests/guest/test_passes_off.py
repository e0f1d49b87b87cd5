"""Guests whose images some passes, or all that may be, have not gone over: they run as well."""

import pytest
from support.guests.guest_programs import ENDS_WITHIN_S
from support.native_ocaml import INITIALISERS
from support.platforms import ABOVE_DEVICES, choices, target_of

import unikernel
from unikernel_toolchain import OPTIONAL_PASSES

pytestmark = pytest.mark.boot

PROGRAM = 'let () = Printf.printf "seven is %d\\n" 7'


@pytest.mark.parametrize("platform", ABOVE_DEVICES)
@pytest.mark.parametrize(
    "without", [(name,) for name in OPTIONAL_PASSES] + [OPTIONAL_PASSES], ids=",".join
)
def test_a_guest_runs_without(without, platform):
    image = unikernel.build(
        PROGRAM, name="passes", target=target_of(platform), without_passes=without
    )
    with unikernel.boot(image, replace=True, **choices(platform)) as vm:
        vm.console.expect("seven is 7", timeout_s=ENDS_WITHIN_S)
        assert vm.wait(ENDS_WITHIN_S).status == 0


@pytest.mark.parametrize("platform", ABOVE_DEVICES)
def test_initialisers_do_what_they_did(platform):
    with_all, without = (
        said(INITIALISERS, passes_off, platform) for passes_off in ((), OPTIONAL_PASSES)
    )
    assert "odd one" in with_all
    assert with_all == without


def said(source, without, platform):
    """Return all that a guest writes, whose image these passes have not gone over."""
    image = unikernel.build(
        source, name="initialisers", target=target_of(platform), without_passes=without
    )
    with unikernel.boot(image, replace=True, **choices(platform)) as vm:
        assert vm.wait(ENDS_WITHIN_S).status == 0
        return vm.console.text
