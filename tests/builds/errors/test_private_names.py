"""The platform's own names: none that a C program can define."""

import re

import pytest

from unikernel_toolchain import Config, build
from unikernel_toolchain.binary import private_names, unused_externals
from unikernel_toolchain.binary.elf import SHN_UNDEF, STB_WEAK, parse
from unikernel_toolchain.library_os import base as library_os_base
from unikernel_toolchain.library_os import library_os
from unikernel_toolchain.targets import load
from unikernel_toolchain.tools.locate import locate_c

OFFERED = {"memcpy", "memmove", "memset", "memcmp", "__stack_chk_fail", "__stack_chk_guard"}
# Of linker scripts, and defined above the platform.
OUTSIDE = re.compile(r"_[se]?(text|rodata|data|end)|unikernel[_.]\w+")


@pytest.fixture(params=["virtio", "unix"])
def base(request):
    build(
        Config("any", {"a.c": "int main(void) { return 0; }"}, language="c", target=request.param)
    )
    return library_os_base.expected(load(request.param), locate_c(), library_os.SOURCES)


def symbols(archive):
    data = archive.read_bytes()
    for start, size in unused_externals.members(data):
        yield from parse(data[start : start + size], str(archive)).symbols


def test_the_platform_defines_no_name_of_c(base):
    defined = [s for s in symbols(base.library("platform")) if s.binding and s.section != SHN_UNDEF]
    weak = {s.name for s in defined if s.binding == STB_WEAK}
    assert {name for name in weak if not name.startswith("unikernel_")} == OFFERED
    names = {s.name for s in defined} - OFFERED
    assert len(names) > 100
    assert not [name for name in names if not name.startswith(("unikernel_", private_names.PREFIX))]


def test_the_platform_calls_nothing_of_an_application(base):
    wanted = {s.name for s in symbols(base.library("platform")) if s.binding and not s.section}
    assert not [name for name in wanted if not OUTSIDE.fullmatch(name)]


@pytest.mark.parametrize("layer", ["solo5", "sys"])
def test_the_layers_above_use_the_platforms_memory_functions(layer, base):
    wanted = {s.name for s in symbols(base.library(layer)) if s.binding and not s.section}
    assert not wanted & OFFERED
    assert "unikernel.memcpy" in wanted


def test_names_are_read_as_they_were_written():
    names = {"print": "unikernel.print", "memcpy": "unikernel.memcpy", "offered_memcpy": "memcpy"}
    assert private_names.seen_above(names) == {"memcpy": "unikernel.memcpy"}
    assert private_names.listed({"print": "unikernel.print"}) == "print unikernel.print\n"
