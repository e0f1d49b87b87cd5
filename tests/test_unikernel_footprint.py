import pytest
from tiny_guest import LOAD_ADDRESS, LOOP, image

from unikernel.footprint import least_memory_mib, load_end
from unikernel_toolchain.errors import ImageInvalid

MIB = 1 << 20


def test_the_end_is_that_of_memory_not_of_the_file(tmp_path):
    path = image(tmp_path, LOOP, extra_memory=3 * MIB).path
    assert load_end(path) == LOAD_ADDRESS + path.stat().st_size + 3 * MIB


@pytest.mark.parametrize(("extra", "least"), [(0, 2), (MIB // 2, 2), (MIB, 3), (7 * MIB, 9)])
def test_memory_is_rounded_up_to_whole_mib(tmp_path, extra, least):
    assert least_memory_mib(image(tmp_path, LOOP, extra_memory=extra).path) == least


def test_what_is_no_image(tmp_path):
    (tmp_path / "x").write_text("hello")
    with pytest.raises(ImageInvalid):
        load_end(tmp_path / "x")
    with pytest.raises(ImageInvalid):
        load_end(tmp_path / "gone")
