"""Transfers over a bad link arrive as they were sent, in both directions."""

import pytest
from support.networks.impairment import Impairment, why_not
from support.networks.net_services import TRANSFER_BYTES, download, served, upload
from support.platforms import in_turn

IMPAIRMENTS = (
    Impairment(loss=0.1),
    Impairment(loss=1),
    Impairment(loss=5),
    Impairment(delay_ms=50, jitter_ms=10),
    Impairment(delay_ms=10, reorder=25),
    Impairment(duplicate=5),
    Impairment(corrupt=1),
    Impairment(loss=1, delay_ms=5, jitter_ms=2, reorder=5, duplicate=1, corrupt=0.5),
)

pytestmark = [
    pytest.mark.boot,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "a link can be had"),
]


@pytest.mark.parametrize(("impairment", "platform"), in_turn(IMPAIRMENTS))
def test_transfers_are_intact(impairment, platform):
    with served(impairment, platform=platform) as (link, _):
        for transfer in (upload, download):
            theirs, ours = transfer(link, TRANSFER_BYTES)
            assert theirs == ours
    assert_impaired(impairment, link.tallies)


def assert_impaired(impairment, tallies):
    """What was asked for happened, in both directions."""
    counted = {"loss": "lost", "reorder": "reordered", "duplicate": "duplicated"}
    for kind, count in (counted | {"corrupt": "corrupted"}).items():
        if getattr(impairment, kind):
            assert all(getattr(tally, count) for tally in tallies)
