from dataclasses import replace

import pytest
from support.guests import tiny_guest
from support.guests.tiny_guest import LOAD_ADDRESS, LOOP

from unikernel.guest.memory_need import least_memory_mib, memory_bytes
from unikernel_toolchain.errors import ImageInvalid

MIB = 1 << 20


def test_the_end_is_that_of_memory_not_of_the_file(tmp_path):
    image = tiny_guest.image(tmp_path, LOOP, extra_memory=3 * MIB)
    assert memory_bytes(image) == LOAD_ADDRESS + image.size_bytes + 3 * MIB


@pytest.mark.parametrize(("extra", "least"), [(0, 2), (MIB // 2, 2), (MIB, 3), (7 * MIB, 9)])
def test_memory_is_rounded_up_to_whole_mib(tmp_path, extra, least):
    assert least_memory_mib(tiny_guest.image(tmp_path, LOOP, extra_memory=extra)) == least


def test_what_is_no_image(tmp_path):
    image = replace(tiny_guest.image(tmp_path, LOOP), path=tmp_path / "x")
    with pytest.raises(ImageInvalid):
        memory_bytes(image)
    image.path.write_text("hello")
    with pytest.raises(ImageInvalid):
        memory_bytes(image)
