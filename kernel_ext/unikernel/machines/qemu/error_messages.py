"""What QEMU writes on stderr, shortened to what a person can use."""

from __future__ import annotations

import re

LONGEST = 200  # characters
_REGISTERS = re.compile(r"^[ER]AX=")  # begins the dump of the CPU's state
_ASSERTION = re.compile(r"Assertion .* failed")  # tells QEMU's authors where, and people nothing
_KVM_DATA = re.compile(r"extra data\[\d+\]: ")  # numbers for KVM's authors
_SPEAKER = re.compile(r"^\S*qemu[\w.-]*: |^error: ")


def first(errors: bytes | str | None) -> str:
    """Return what QEMU complained of, in one line, without the CPU's registers; "" if nothing."""
    text = errors.decode("utf-8", "replace") if isinstance(errors, bytes) else errors or ""
    messages: list[str] = []
    for line in text.splitlines():
        if _REGISTERS.match(line):
            break
        messages += [_message(line)] if line.strip() and "warning:" not in line else []
    messages = [line for line in messages if not _KVM_DATA.match(line)] or messages
    plain = [line for line in messages if not _ASSERTION.search(line)] or messages
    return ", ".join(plain)[:LONGEST].rstrip(".")


def blame_kvm(errors: str) -> bool:
    """Whether what QEMU complained of is KVM's doing."""
    return "kvm" in errors.lower()


def _message(line: str) -> str:
    """Return a line without the name of the program, which every complaint begins with."""
    line = line.strip()
    while (shorter := _SPEAKER.sub("", line)) != line:
        line = shorter
    return line
