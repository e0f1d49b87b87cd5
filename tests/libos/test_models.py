"""Models of bad peers, each with at least 100,000 seeded runs in virtual time.

Each takes about a minute of one processor and nothing else, so they run beside the other tests,
and are asked last what came of them. Each says at its head how to run one run alone.
"""

import pytest
from support.ocaml.programs import MODELS, sources

EACH = [
    pytest.param(source, id=source.stem, marks=pytest.mark.beside(source))
    for source in sources(MODELS)
]


@pytest.mark.last
@pytest.mark.slow
@pytest.mark.parametrize("source", EACH)
def test_model(source, beside):
    status, output = beside.outcome(source)
    assert status == 0, output
