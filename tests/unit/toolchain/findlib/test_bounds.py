import pytest

from unikernel_toolchain.findlib import bounds
from unikernel_toolchain.model.configuration import PackageBound

ASCENDING = ["1.0~beta1", "1.0", "1.0.1", "1.2", "1.10", "2.0~rc1", "2.0", "2.0a"]


def test_versions_are_in_order():
    assert sorted(ASCENDING[4:] + ASCENDING[:4], key=bounds.order) == ASCENDING


@pytest.mark.parametrize("version", ["2.0", "v2.0", "2.0+dfsg"])
def test_the_same_version_is_written_in_several_ways(version):
    assert bounds.fault(PackageBound("p", ("p",), ("2.0",)), version) == ""


def test_a_minimum_is_included_and_an_upper_bound_is_not():
    asked = PackageBound("p", ("p",), ("1.0",), ("2.0",))
    assert bounds.fault(asked, "1.0") == ""
    assert "from version 1.0 on; 0.9 is here" in bounds.fault(asked, "0.9")
    assert "below version 2.0; 2.0 is here" in bounds.fault(asked, "2.0")


def test_an_unknown_version_will_do():
    assert bounds.fault(PackageBound("p", ("p",), ("1.0",)), "") == ""
