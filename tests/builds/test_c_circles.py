"""Calls between the files of the platform go one way."""

import subprocess
from graphlib import CycleError, TopologicalSorter

import pytest
from support.libos_layers import HEADERS, row_of

from unikernel_toolchain import Config, build
from unikernel_toolchain.library_os import base, library_os
from unikernel_toolchain.library_os.c_archives import base_archives
from unikernel_toolchain.targets import TARGETS, load
from unikernel_toolchain.tools.locate import locate_c

# Where any function may end, and what the compiler puts into it.
ANYWHERE = {"unikernel_abort", "unikernel.__stack_chk_fail", "unikernel.__stack_chk_guard"}


def sources(target):
    """Return the platform's sources by the names of their object files in the archive."""
    platform = base_archives(target, locate_c(), library_os.SOURCES)[0]
    inside = [path.relative_to(library_os.SOURCES) for path in platform.sources]
    return {"_".join(path.with_suffix(".o").parts): library_os.SOURCES / path for path in inside}


def symbols(archive, *options):
    """Yield (object file, symbol)."""
    command = ["nm", "-A", *options, archive]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        place, _, rest = line.rpartition(":")
        yield place.rpartition(":")[2], rest.split()[-1]


@pytest.mark.parametrize("name", TARGETS)
def test_no_circle_among_the_files_of_a_platform(name):
    """What a caller may not include is its target's or machine's to define, and does not count."""
    build(Config("any", {"a.c": "int main(void) { return 0; }"}, language="c", target=name))
    archive = base.expected(load(name), locate_c(), library_os.SOURCES).library("platform")
    source = sources(load(name))
    defined = {symbol: place for place, symbol in symbols(archive, "--defined-only", "-g")}
    calls = {}
    for caller, symbol in symbols(archive, "-u"):
        called = defined.get(symbol, caller)
        is_below = row_of(source[called]) in HEADERS[row_of(source[caller])]
        if called != caller and is_below and symbol not in ANYWHERE:
            calls.setdefault(caller, set()).add(called)
    assert len(calls) > 30
    try:
        TopologicalSorter(calls).prepare()
    except CycleError as circle:
        pytest.fail(f"call one another: {', '.join(circle.args[1])}")
