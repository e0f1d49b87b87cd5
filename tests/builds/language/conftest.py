"""The program that answers, built."""

import pytest

from unikernel_toolchain.language import program
from unikernel_toolchain.tools.run import Stop


@pytest.fixture(scope="session")
def answers():
    made = program.expected()
    program.ensure(made, Stop())
    return made
