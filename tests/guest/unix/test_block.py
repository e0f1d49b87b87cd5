"""The process target's block devices: what the kernel is asked for, what a file may be."""

import os
import shutil
import subprocess

import pytest
from support.guests.unix_program import (
    ALLOWED,
    ENDS_WITHIN_S,
    calls_after_start,
    guest,
    program,
    run,
)

OF_FILES = {"preadv2", "pwritev", "fdatasync", "fallocate", "fadvise64"}
STATUS_USAGE, STATUS_FAULT = 64, 126
SIGSYS = 31
# Makes one system call, whose first arguments are in its own: number, descriptor, mode.
CALLS = """
#include <stdlib.h>
#include "unikernel.h"

int main(int argc, char **argv)
{
	unsigned handle;
	struct unikernel_block_info info;
	long result, number = atol(argv[1]);
	(void)argc;
	unikernel_block_acquire("a", &handle, &info);
	__asm__ volatile("xor %%r10, %%r10; syscall" : "=a"(result)
		: "a"(number), "D"(atol(argv[2])), "S"(atol(argv[3])), "d"(0)
		: "rcx", "r10", "r11", "memory");
	return 0;
}
"""
NUMBERS = {"preadv2": 327, "pwritev": 296, "fdatasync": 75, "fallocate": 285, "fadvise64": 221}
PUNCH_HOLE = 3  # FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE
# Reads the same sectors in several requests, of which one is behind what the file still has.
SHRUNK = """
#include <stdio.h>
#include "unikernel.h"

static char bytes[4][4096];

int main(void)
{
	struct unikernel_block_info info;
	unsigned handle, done = 0, failed = 0;
	if (unikernel_block_acquire("a", &handle, &info) != UNIKERNEL_OK)
		return 1;
	puts("ready");
	fflush(stdout);
	while (!unikernel_console_read(bytes[0], 1))
		unikernel_wait(UNIKERNEL_READY_CONSOLE, UINT64_MAX);
	for (unsigned i = 0; i < 4; i++) {
		struct unikernel_block_part part = {bytes[i], 4096};
		unikernel_block_read(handle, 8 * i, &part, 1, bytes[i]);
	}
	while (done < 4) {
		unikernel_result_t result;
		unikernel_wait((unikernel_ready_t)1 << handle, UINT64_MAX);
		for (char *at; (at = unikernel_block_take(handle, &result)); done++)
			if (result != UNIKERNEL_OK)
				failed += 1u << ((at - bytes[0]) / 4096);
	}
	printf("failed %x\\n", failed);
	return 0;
}
"""


@pytest.fixture(scope="module")
def calls():
    return program(CALLS, "calls")


@pytest.fixture
def disk(tmp_path):
    with (tmp_path / "disk.img").open("w+b", buffering=0) as file:
        file.truncate(16 << 20)
        yield file


def words(file):
    return f"UNIKERNEL_BLOCK=a UNIKERNEL_BLOCK_0=file:{file.fileno()} UNIKERNEL_MEMORY_MIB=64"


def test_only_listed_calls_are_made_after_start(disk, tmp_path):
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    log = tmp_path / "calls"
    command = ["strace", "-o", log, guest("c_block").path, f"{words(disk)} a"]
    done = subprocess.run(
        command, pass_fds=[disk.fileno()], stdin=subprocess.DEVNULL, timeout=ENDS_WITHIN_S
    )
    assert done.returncode == 0
    made = calls_after_start(log)
    assert made <= ALLOWED | OF_FILES
    assert made >= {"preadv2", "pwritev", "fdatasync", "fallocate"}


@pytest.mark.parametrize("name", NUMBERS)
def test_what_passes_passes_for_disks_alone(calls, disk, name):
    """Neither where there is no disk, nor with another descriptor than a disk's."""
    call = (str(NUMBERS[name]), str(disk.fileno()), str(PUNCH_HOLE))
    assert run(calls, words(disk), *call, keep=[disk.fileno()]).returncode == 0
    without = run(calls, *call)
    assert without.returncode == STATUS_FAULT
    assert f"forbidden system call {name} ({NUMBERS[name]})" in without.stdout
    other = run(calls, words(disk), call[0], "1", call[2], keep=[disk.fileno()])
    assert other.returncode == STATUS_FAULT


def test_a_file_is_neither_grown_nor_cut_by_discarding(calls, disk):
    whole = (str(NUMBERS["fallocate"]), str(disk.fileno()), "0")
    assert run(calls, words(disk), *whole, keep=[disk.fileno()]).returncode == STATUS_FAULT


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("file", "UNIKERNEL_BLOCK_0 is not file:FD"),
        ("file:", "UNIKERNEL_BLOCK_0 is not file:FD"),
        ("file:1x", "UNIKERNEL_BLOCK_0 is not file:FD"),
        ("tap:0", "UNIKERNEL_BLOCK_0 is not file:FD"),
        ("file:77", "UNIKERNEL_BLOCK_0: this process has no descriptor 77"),
        ("file:0", "UNIKERNEL_BLOCK_0: descriptor 0 is neither a file nor a block device"),
    ],
)
def test_a_malformed_word_is_refused(word, message):
    done = run(guest("c_block"), f"UNIKERNEL_BLOCK_0={word}")
    assert done.returncode == STATUS_USAGE
    assert done.stderr == f"unikernel: {message}\n"


@pytest.mark.parametrize(
    ("flags", "size", "message"),
    [
        (os.O_WRONLY, 4096, "is not open for reading"),
        (os.O_PATH, 4096, "is not open for reading"),
        (os.O_RDWR | os.O_APPEND, 4096, "appends whatever is written to it"),
        (os.O_RDWR, 511, "is smaller than a sector, 512 bytes"),
    ],
)
def test_a_file_that_is_no_disk_is_refused(tmp_path, flags, size, message):
    path = tmp_path / "disk.img"
    path.write_bytes(bytes(size))
    descriptor = os.open(path, flags)
    try:
        done = run(guest("c_block"), f"UNIKERNEL_BLOCK_0=file:{descriptor}", keep=[descriptor])
    finally:
        os.close(descriptor)
    assert done.returncode == STATUS_USAGE
    assert message in done.stderr


def test_a_file_that_was_cut_fails_what_it_lacks_only(disk):
    disk.truncate(16384)
    image = program(SHRUNK, "shrunk")
    command = (image.path, words(disk))
    with subprocess.Popen(
        command,
        pass_fds=[disk.fileno()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout.readline() == b"ready\n"
        disk.truncate(8192)
        said, _ = process.communicate(b"x", timeout=ENDS_WITHIN_S)
    assert said == b"failed c\n"
