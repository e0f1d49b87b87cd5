"""The base's C, compiled for this machine: parts that need no machine."""

import subprocess

import pytest
from support import TESTS

from unikernel_toolchain.library_os.library_os import SOURCES
from unikernel_toolchain.tools.locate import locate_c

PROGRAMS = {"virtqueue_answers": ("platform/virtio/virtqueue.c",)}
TIME_LIMIT_S = 60


@pytest.mark.parametrize("name", PROGRAMS)
def test_c(name, tmp_path):
    program = tmp_path / name
    parts = [SOURCES / part for part in PROGRAMS[name]]
    flags = ("-std=gnu11", "-O1", "-fsanitize=undefined", "-fno-sanitize-recover=all")
    includes = (f"-I{SOURCES / 'platform'}", f"-I{SOURCES / 'include'}")
    source = TESTS / f"libos/c/{name}.c"
    subprocess.run([locate_c().gcc, *flags, *includes, source, *parts, "-o", program], check=True)
    done = subprocess.run([program], capture_output=True, text=True, timeout=TIME_LIMIT_S)
    assert done.returncode == 0, done.stdout + done.stderr
