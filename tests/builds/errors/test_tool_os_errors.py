"""The disk fills while a program of a build writes: that is said, and not the program's fault."""

import errno
import os
import signal
import subprocess

import pytest

from unikernel_toolchain import Config, build
from unikernel_toolchain.errors import CompileError, ToolchainError
from unikernel_toolchain.tools import locate, tool_os_errors
from unikernel_toolchain.tools.run import CompletedProcess

HELLO = Config("hello", {"cell.ml": 'let start () = print_endline "hello"'}, target="unix")
SENTENCES = {
    "ar": "ar: libsys.a: No space left on device",
    "ar, copying": "ar: unable to copy file 'lib.a'; reason: No space left on device",
    "ld": "ld: final link failed: No space left on device",
    "as": "{standard input}: Fatal error: can't write 10 bytes to section .text of a.o: "
    "'No space left on device'",
    "as, closing": "Fatal error: can't close a.o: No space left on device",
    "gcc": "a.c:3:1: fatal error: error writing to /tmp/cc1.s: No space left on device\n"
    "compilation terminated.",
    "ocamlopt": "I/O error: No space left on device",
    "ocamlopt's as": "a.s: Fatal error: can't write: 'No space left on device'\n"
    'File "a.ml", line 1:\nError: Assembler error, input left in file /tmp/a.s',
    "ar, in the middle": "/usr/bin/ar: unable to copy file 'libf.a'; reason: Success",
    "connect": 'Fatal error: exception Sys_error("No space left on device")',
}


def failed(words, status=1):
    return CompletedProcess(("tool",), status, "", f"before\n{words}\nafter\n")


@pytest.mark.parametrize("message", SENTENCES.values(), ids=SENTENCES)
def test_each_program_says_it_in_its_own_words(message, tmp_path):
    with pytest.raises(OSError, match="No space left") as caught:
        tool_os_errors.check(failed(message), tmp_path)
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(tmp_path))


@pytest.mark.parametrize("number", [errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO])
def test_other_refusals_are_told_apart(number, tmp_path):
    with pytest.raises(OSError, match=os.strerror(number)) as caught:
        tool_os_errors.check(failed(f"ld: a: {os.strerror(number)}"), tmp_path)
    assert caught.value.errno == number


def test_a_program_that_the_limit_of_files_killed(tmp_path):
    with pytest.raises(OSError, match="File too large"):
        tool_os_errors.check(failed("", -signal.SIGXFSZ), tmp_path)


def disk(monkeypatch, free_blocks, free_files):
    fields = (4096, 4096, 1000, free_blocks, free_blocks, 1000, free_files, free_files, 0, 255)
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(fields))


@pytest.mark.parametrize(("blocks", "files"), [(0, 100), (3, 100), (100, 0)])
def test_a_full_disk_is_seen_where_no_program_says_it(blocks, files, tmp_path, monkeypatch):
    disk(monkeypatch, blocks, files)
    with pytest.raises(OSError, match="No space left"):
        tool_os_errors.check(failed("ld: a.o: file not recognized: file truncated"), tmp_path)
    tool_os_errors.check(failed('File "a.ml", line 3, characters 1-2:\nError: no'), tmp_path)
    tool_os_errors.check(failed("a.c:3:5: error: no"), tmp_path)


@pytest.mark.parametrize(
    "message", ["a.c:3:5: error: no", "ld: undefined reference to `f'", "ar: a.o: file truncated"]
)
def test_what_else_fails_is_no_refusal(message, tmp_path, monkeypatch):
    disk(monkeypatch, 100, 100)
    tool_os_errors.check(failed(message), tmp_path)


def test_a_program_may_speak_of_full_disks():
    text = 'let start () : int = "a: No space left on device"'
    with pytest.raises(CompileError, match="error at line 1"):
        build(Config("talk", {"cell.ml": text}, target="unix"))


# ---- whole builds


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    place = tmp_path / "cache"
    place.mkdir()
    monkeypatch.setenv("UNIKERNEL_CACHE", str(place))
    return place


@pytest.mark.parametrize("tool", ["gcc", "ar", "ld", "objcopy", "ocamlopt"])
def test_a_build_says_it(tool, own_cache, tmp_path, monkeypatch):
    real = locate.require(tool)
    script = tmp_path / tool
    asks = "case $1 in -v* | --v* | -print* | -where | -config) exec"
    script.write_text(
        f'#!/bin/sh\n{asks} {real} "$@" ;; esac\n'
        f"echo '{tool}: out: No space left on device' >&2\nexit 1\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv(tool.upper(), str(script))
    with pytest.raises(ToolchainError, match="the disk is full") as caught:
        build(HELLO)
    assert str(own_cache) in caught.value.what
    assert "UNIKERNEL_CACHE" in caught.value.hint


@pytest.fixture
def small_disk(own_cache):
    """Put the cache on a disk of some KiB."""
    mounted = []

    def mount(size_kib):
        options = f"size={size_kib}k,mode=700"
        command = ["mount", "-t", "tmpfs", "-o", options, "none", own_cache]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        if done.returncode:
            pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
        mounted.append(own_cache)

    yield mount
    for place in mounted:
        subprocess.run(["umount", "-l", place], check=True, timeout=60)


# From what a file or two of C needs up to nearly all; a library OS that needs less may get through.
@pytest.mark.parametrize("size_kib", [64, 400, 2000, 4000, 7500])
def test_wherever_the_disk_fills(size_kib, small_disk):
    small_disk(size_kib)
    assert outcome() in ("full", "built" if size_kib > 4000 else "full")


def outcome():
    try:
        build(HELLO)
    except ToolchainError as error:
        return "full" if "the disk is full" in error.what else str(error)
    return "built"
