"""From a bare machine with a release of Debian to a unikernel, by the wheel alone."""

import shutil

import pytest
from support import TESTS
from support.distributions import inside

FILES = TESTS / "support/distributions"
PLACE = "srv"  # below a tree

pytestmark = [pytest.mark.slow, pytest.mark.asked, pytest.mark.boot]


def test_a_user_without_rights_needs_the_wheel_alone(fresh_tree, built, tmp_path):
    for path in (built.wheel, FILES / "newcomer.sh", FILES / "first_steps.py"):
        shutil.copy(path, fresh_tree / PLACE)
    command = f"sh newcomer.sh /{PLACE}/{built.wheel.name} /{PLACE}/first_steps.py"
    inside.done(fresh_tree, command, f"/{PLACE}", tmp_path / "output")
