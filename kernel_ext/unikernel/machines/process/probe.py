"""The probe process: the smallest program that proves that processes can be locked in here.

A 64-bit ELF made here byte by byte. It installs a seccomp filter that forbids everything but
exit_group, and then asks for its pid: Linux must end it by SIGSYS. Where the filter is refused, its
exit status is the error number; where it stops nothing, the status is 0.
"""

from __future__ import annotations

import os
import signal
import struct
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

_LOAD_ADDRESS = 0x400000
_HEADERS_SIZE = 64 + 56
_GETPID, _PRCTL, _EXIT_GROUP = 39, 157, 231
_NO_NEW_PRIVS, _SECCOMP, _FILTER_MODE = 38, 22, 2
_TRAP, _ALLOW = 0x00030000, 0x7FFF0000
_TIME_S = 10.0


def run(folder: Path) -> str:
    """Run the probe as a file in `folder`; return why processes cannot run, "" if they can."""
    try:
        with TemporaryDirectory(prefix="uk-probe-", dir=folder) as place:
            status = _status(Path(place) / "probe")
    except OSError as problem:
        return f"programs in {folder} cannot be run: {problem.strerror}"
    except subprocess.TimeoutExpired:
        return f"a probe process hung for {_TIME_S:g} s"
    if status == -signal.SIGSYS:
        return ""
    if status > 0:
        return f"seccomp refuses a filter: {os.strerror(status)}"
    return "a seccomp filter stops nothing" if status == 0 else f"a probe died of signal {-status}"


def _status(program: Path) -> int:
    program.write_bytes(elf())
    program.chmod(0o700)
    return subprocess.run((program,), timeout=_TIME_S, check=False).returncode


def elf() -> bytes:
    """Return the probe as a file's contents."""
    code_at = _LOAD_ADDRESS + _HEADERS_SIZE
    filter_at = code_at + len(_code(0))
    contents = _code(filter_at) + _filter(filter_at)
    size = _HEADERS_SIZE + len(contents)
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)  # 64-bit, little-endian, version 1
    kind = (2, 62, 1, code_at, 64, 0, 0, 64, 56, 1, 64, 0, 0)  # ET_EXEC, EM_X86_64, one segment
    header = ident + struct.pack("<HHIQQQIHHHHHH", *kind)
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, _LOAD_ADDRESS, _LOAD_ADDRESS, size, size, 4096)
    return header + load + contents


def _code(filter_at: int) -> bytes:
    lock = _prctl(_NO_NEW_PRIVS, 1, 0) + _prctl(_SECCOMP, _FILTER_MODE, filter_at)
    return lock + _call(_GETPID) + b"\x31\xc0" + _leave()  # xor %eax, %eax


def _prctl(option: int, second: int, third: int) -> bytes:
    """Code that leaves with the error number unless the call succeeds."""
    arguments = (
        b"\xbf" + struct.pack("<I", option)  # mov $option, %edi
        + b"\xbe" + struct.pack("<I", second)  # mov $second, %esi
        + b"\xba" + struct.pack("<I", third)  # mov $third, %edx
        + b"\x45\x31\xd2\x45\x31\xc0"  # xor %r10d, %r10d; xor %r8d, %r8d
    )  # fmt: skip
    unless_zero = b"\x85\xc0\x74" + bytes([len(_leave())])  # test %eax, %eax; jz past what follows
    return arguments + _call(_PRCTL) + unless_zero + _leave()


def _call(number: int) -> bytes:
    return b"\xb8" + struct.pack("<I", number) + b"\x0f\x05"  # mov $number, %eax; syscall


def _leave() -> bytes:
    """Code that ends the process with the status -%eax."""
    return b"\x89\xc7\xf7\xdf" + _call(_EXIT_GROUP)  # mov %eax, %edi; neg %edi


def _filter(at: int) -> bytes:
    """Return a struct sock_fprog that lies at `at`, and the program it points to."""
    instructions = (
        (0x20, 0, 0, 0),  # load the number of the system call
        (0x15, 0, 1, _EXIT_GROUP),  # unless it is this, skip one
        (0x06, 0, 0, _ALLOW),
        (0x06, 0, 0, _TRAP),
    )
    head = struct.pack("<H6xQ", len(instructions), at + 16)
    return head + b"".join(struct.pack("<HBBI", *instruction) for instruction in instructions)
