"""From a bare machine with a release of Debian: ./lab web, demo, and the tests, in a tree of it.

The releases are those of trees.SUITES; UNIKERNEL_TEST_SUITES names others. A tree
takes 4 GB below .cache/distributions/, and an hour.
"""

import faulthandler
import re
import time
from contextlib import ExitStack
from urllib.request import urlopen

import pytest
from support.distributions import inside, trees

DEMO = "./lab demo"
# All that takes seconds, boots, or runs a notebook, but what makes trees and compilers of its own.
TESTS = "./lab test -m 'not slow or boot or notebook' --ignore tests/distributions"
LIMIT_S = 3 * 3600
ANSWERS = re.compile(r"answers on (http://127\.0\.0\.1:\d+/)")
HANGS_S = 1800
SHOWN_CHARACTERS = 6000

pytestmark = [pytest.mark.slow, pytest.mark.asked]


@pytest.fixture(scope="module", params=trees.SUITES)
def tree(request, tmp_path_factory):
    """A tree of the release, with this checkout in it."""
    faulthandler.cancel_dump_traceback_later()  # hours are right here; each step has a limit
    with ExitStack() as stack:
        try:
            place = stack.enter_context(trees.tree(request.param))
        except trees.Unavailable as why:
            pytest.skip(f"no tree of {request.param}: {why}")
        inside.lay_out_checkout(place, tmp_path_factory.mktemp("checkout"))
        yield place


def test_a_newcomer_has_an_answer_within_minutes(tree, tmp_path):
    """The first command in the tree. How long that took is printed; the limit is one of hangs."""
    output = tmp_path / "output"
    begun_s = time.monotonic()
    with inside.Inside(tree, "./lab web", output) as running:
        while not (found := ANSWERS.search(output.read_text(errors="replace"))):
            assert running.process.poll() is None, output.read_text(errors="replace")
            assert time.monotonic() - begun_s < HANGS_S, output.read_text(errors="replace")
            time.sleep(0.2)
        with urlopen(found[1], timeout=60) as answer:  # the network is this machine's
            assert b"A unikernel answers" in answer.read()
    print(f"from ./lab web to the answer: {time.monotonic() - begun_s:.0f} s")


@pytest.mark.parametrize("command", [DEMO, TESTS], ids=["demo", "tests"])
def test_what_readme_says_works(tree, command, tmp_path):
    faulthandler.cancel_dump_traceback_later()
    output = tmp_path / "output"
    with inside.Inside(tree, command, output) as running:
        status = running.process.wait(timeout=LIMIT_S)
    assert status == 0, output.read_text(errors="replace")[-SHOWN_CHARACTERS:]
