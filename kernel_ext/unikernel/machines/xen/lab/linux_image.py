"""Linux's kernel out of its bzImage, so that it need not unpack itself, slowly, where it runs.

The header is Documentation/arch/x86/boot.rst: payload_offset and payload_length are since protocol
2.08.
"""

from __future__ import annotations

import gzip
import lzma
import struct

_MAGIC_AT, _VERSION_AT, _SECTORS_AT, _PAYLOAD_AT = 0x202, 0x206, 0x1F1, 0x248
_PAYLOADS = {b"\xfd7zXZ": lzma.decompress, b"\x1f\x8b": gzip.decompress}
_SIZE_BYTES = 4  # of the unpacked kernel, behind the payload


def unpacked(image: bytes) -> bytes:
    """Return the ELF file inside a bzImage, or the image when it cannot be told how it is packed.

    Xen starts both.
    """
    if image[_MAGIC_AT : _MAGIC_AT + 4] != b"HdrS":
        return image
    if struct.unpack_from("<H", image, _VERSION_AT)[0] < 0x208:
        return image
    offset, length = struct.unpack_from("<II", image, _PAYLOAD_AT)
    begin = (image[_SECTORS_AT] + 1) * 512 + offset
    payload = image[begin : begin + length - _SIZE_BYTES]
    for magic, unpack in _PAYLOADS.items():
        if payload.startswith(magic):
            kernel = unpack(payload)
            return kernel if kernel.startswith(b"\x7fELF") else image
    return image
