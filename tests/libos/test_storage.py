"""Storage's OCaml, compiled for this machine, over block devices in memory.

STACK_RUNS is how many images are damaged, and how many guests are killed; STACK_SEED what they are
made from.
"""

import subprocess

import pytest
from support import TESTS
from support.ocaml.programs import TIME_LIMIT_S, built, sources


@pytest.mark.parametrize("source", sources(TESTS / "libos/storage"), ids=lambda path: path.stem)
def test_storage(source):
    done = subprocess.run([built(source)], capture_output=True, text=True, timeout=TIME_LIMIT_S)
    assert done.returncode == 0, done.stdout + done.stderr
