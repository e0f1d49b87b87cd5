"""The memory that a guest needs at least."""

from support.guests import tiny_process

from unikernel.guest.memory_need import least_memory_mib, memory_bytes

MIB = 1 << 20


def test_a_process_takes_no_memory_below_itself(tmp_path):
    image = tiny_process.image(tmp_path, tiny_process.LOOP, extra_memory=2 * MIB)
    assert 2 * MIB < memory_bytes(image) < 3 * MIB
    assert least_memory_mib(image) == 3
