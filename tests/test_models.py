"""Models of bad peers, each with at least 100,000 seeded runs in virtual time.

Each takes about a minute of one processor and nothing else, so they run beside the other tests,
and are asked last what came of them. Each says at its head how to run one run alone.
"""

import pytest
from stack_programs import MODELS, sources


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.parametrize("source", sources(MODELS), ids=lambda path: path.stem)
def test_model(source, models_beside):
    status, said = models_beside.outcome(source)
    assert status == 0, said
