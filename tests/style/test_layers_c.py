"""Includes of libos's C follow the arrows of support/libos_layers.py."""

import re

import pytest
from support.libos_layers import HEADERS, row_of

from unikernel_toolchain.library_os.library_os import SOURCES

COMPILER_HEADERS = {
    *("stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdnoreturn.h", "stdalign.h"),
    *("cpuid.h", "limits.h", "float.h", "immintrin.h"),
}
XEN_HEADERS = {  # its public ones, which are in a folder of their own
    *("xen.h", "errno.h", "event_channel.h", "grant_table.h", "memory.h", "sched.h", "vcpu.h"),
    *("version.h", "features.h", "hvm/hvm_op.h", "hvm/params.h", "arch-x86/cpuid.h"),
    *("io/console.h", "io/xs_wire.h", "io/xenbus.h", "io/netif.h", "io/blkif.h"),
}


def c_files():
    return [path for path in sorted(SOURCES.rglob("*")) if path.suffix in {".c", ".h", ".S"}]


def header_kind(quote, name, path):
    """Return the row of HEADERS that an included header is in, or compiler, libc, caml, xen."""
    beside = (path.parent,) if quote == '"' else ()
    for place in (*beside, SOURCES / "include", SOURCES / "platform"):
        if (place / name).is_file():
            return row_of((place / name).resolve())
    if name.startswith("caml/"):
        return "caml"
    if name in XEN_HEADERS and row_of(path).startswith("platform/xen"):
        return "xen"
    return "compiler" if name in COMPILER_HEADERS else "libc"


@pytest.mark.parametrize("path", c_files(), ids=lambda path: str(path.relative_to(SOURCES)))
def test_includes_follow_the_arrows(path):
    allowed = HEADERS[row_of(path)]
    includes = re.findall(r'^\s*#\s*include\s*([<"])([^>"]+)', path.read_text(), re.MULTILINE)
    for quote, name in includes:
        kind = header_kind(quote, name, path)
        assert kind in allowed, f"includes {name} ({kind}); allowed: {sorted(allowed)}"


@pytest.mark.parametrize("path", c_files(), ids=lambda path: str(path.relative_to(SOURCES)))
def test_no_header_stands_in_for_another_of_its_name(path):
    """The folder of who includes goes first: it must not hold what another folder is meant by."""
    for name in re.findall(r'^\s*#\s*include\s*"([^"]+)', path.read_text(), re.MULTILINE):
        places = (path.parent, SOURCES / "include", SOURCES / "platform")
        assert len({place / name for place in places if (place / name).is_file()}) < 2, name
