"""The network stack's OCaml, compiled for this machine: protocols without a guest.

STACK_FUZZ is how many inputs each parser is given, STACK_SEED what they are made from.
"""

import subprocess

import pytest
from support.ocaml.programs import PROTOCOLS, TIME_LIMIT_S, built, sources


@pytest.mark.parametrize("source", sources(PROTOCOLS), ids=lambda path: path.stem)
def test_stack(source):
    done = subprocess.run([built(source)], capture_output=True, text=True, timeout=TIME_LIMIT_S)
    assert done.returncode == 0, done.stdout + done.stderr
