"""Trees that several files of tests begin with."""

import pytest
from support.distributions import inside, release, trees


@pytest.fixture(params=trees.SUITES)
def fresh_tree(request):
    """A bare tree of a release of Debian, with the network, gone afterwards."""
    try:
        with trees.fresh_tree(request.param) as place:
            inside.connect(place)
            yield place
    except trees.Unavailable as why:
        pytest.skip(f"no tree of {request.param}: {why}")


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The wheel and the sdist of this checkout."""
    return release.build(tmp_path_factory.mktemp("built"))
