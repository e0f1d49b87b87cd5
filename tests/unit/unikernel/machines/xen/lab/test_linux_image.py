import gzip
import lzma
import struct

import pytest

from unikernel.machines.xen.lab.linux_image import unpacked

KERNEL = b"\x7fELF" + b"kernel" * 100


def bzimage(payload, *, version=0x20F, magic=b"HdrS", sectors=3, offset=64):
    image = bytearray(0x260)
    image[0x1F1] = sectors
    image[0x202:0x206] = magic
    struct.pack_into("<H", image, 0x206, version)
    packed = payload + len(KERNEL).to_bytes(4, "little")
    struct.pack_into("<II", image, 0x248, offset, len(packed))
    return bytes(image).ljust((sectors + 1) * 512 + offset, b"\x90") + packed + b"end"


@pytest.mark.parametrize("pack", [lzma.compress, gzip.compress])
def test_the_kernel_comes_out_of_its_image(pack):
    assert unpacked(bzimage(pack(KERNEL))) == KERNEL


@pytest.mark.parametrize(
    "image",
    [
        bzimage(b"\x28\xb5\x2f\xfd" + b"zstd"),
        bzimage(gzip.compress(b"no ELF")),
        bzimage(gzip.compress(KERNEL), version=0x207),
        bzimage(gzip.compress(KERNEL), magic=b"    "),
        KERNEL,
        b"short",
    ],
)
def test_an_image_that_cannot_be_unpacked_stays_as_it_is(image):
    assert unpacked(image) == image
