"""All that a console showed, also what its guest has cleared since."""

import pytest

from unikernel.guest.screens import render_all

CASES = [
    ("one\rO\ntwo\n", "One\ntwo"),
    ("before\n\x1b[2J\x1b[Hafter\n", "before\n^[[2J^[[H\nafter"),
    ("before\n\x1b[H\x1b[2J\x1b[3Jafter", "before\n^[[H^[[2J^[[3J\nafter"),
    ("before\n\x1b[1;1H\x1b[Jafter", "before\n^[[1;1H^[[J\nafter"),
    (
        "before\n\x1b[?1049h\x1b[1;1Hmenu\x1b[?1049lafter",
        "before\n^[[?1049h^[[1;1H\nmenu\n^[[?1049l\nafter",
    ),
    ("before\x1bc", "before\n^[c"),
    ("\x1b]0;\x1b[2Jshown", "^[[2J\nshown"),
    ("line\n\x1b[31mred\x1b[0m\x1b[Jx\x1b[1K", "line"),
]


@pytest.mark.parametrize(("output", "shown"), CASES)
def test_what_was_cleared_is_shown_too(output, shown):
    assert render_all(output) == shown


def test_a_guest_that_clears_all_the_time_costs_its_length():
    assert render_all("\x1b[2J\x1b[H" * 100_000) == "^[[2J^[[H" * 100_000
    frames = render_all("\x1b[2J\x1b[Hx\r" * 20_000)
    assert frames.count("x") == 20_000
