"""What can be read of a held guest through gdb: registers, memory, code, names."""

from __future__ import annotations

import asyncio
import re
from abc import ABC, abstractmethod
from typing import Any

from unikernel.errors import DebuggerRefused
from unikernel.host.sync_async import sync_and_async
from unikernel.model.debugging.step import Line, Place

from . import mi


class Reading(ABC):
    """Reads a held guest. Every method has an asynchronous twin and raises what `run` does."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    @abstractmethod
    async def _asked(self, request: str) -> dict[str, Any]:
        """Return the results of a request of the machine interface, with the lock held."""

    @abstractmethod
    async def _printed(self, command: str) -> str:
        """Return what gdb prints for a command that only looks, with the lock held."""

    async def _where(self) -> Place:
        """Return where the held guest is. Raises what `run` does."""
        async with self._lock:
            frame = (await self._asked("-stack-info-frame")).get("frame", {})
        line = str(frame.get("line", ""))
        return Place(
            str(frame.get("func", "??")),
            str(frame.get("file", "")),
            int(line) if line.isdecimal() else None,
            int(str(frame.get("addr", "0x0")), 16),
        )

    where, where_async = sync_and_async(_where)

    async def _registers(self) -> dict[str, int]:
        """Return the registers of the held guest that hold whole numbers, by their names."""
        async with self._lock:
            known = (await self._asked("-data-list-register-names"))["register-names"]
            values = (await self._asked("-data-list-register-values x"))["register-values"]
        found = {known[int(one["number"])]: str(one["value"]) for one in values}
        return {
            name: int(value, 16)
            for name, value in found.items()
            if name and re.fullmatch(r"0x[0-9a-f]{1,16}", value)
        }

    registers, registers_async = sync_and_async(_registers)

    async def _memory(self, address: int, size_bytes: int) -> bytes:
        """Return bytes of the guest's memory. Raises DebuggerRefused where there is none."""
        request = f"-data-read-memory-bytes {address:#x} {size_bytes}"
        async with self._lock:
            pieces = (await self._asked(request))["memory"]
        return bytes.fromhex("".join(str(piece["contents"]) for piece in pieces))

    memory, memory_async = sync_and_async(_memory)

    async def _physical_memory(self, address: int, size_bytes: int) -> bytes:
        """Return bytes at a physical address of a guest under QEMU.

        Raises DebuggerRefused where there are none.
        """
        switch = '-interpreter-exec console "maintenance packet Qqemu.PhyMemMode:{}"'
        async with self._lock:
            await self._asked(switch.format(1))
            try:
                request = f"-data-read-memory-bytes {address:#x} {size_bytes}"
                pieces = (await self._asked(request))["memory"]
            finally:
                await self._asked(switch.format(0))
        return bytes.fromhex("".join(str(piece["contents"]) for piece in pieces))

    physical_memory, physical_memory_async = sync_and_async(_physical_memory)

    async def _value(self, expression: str) -> int:
        """Return the whole number that an expression of gdb's is. Raises DebuggerRefused."""
        asked = f"(unsigned long) ({expression})"
        async with self._lock:
            try:
                found = await self._asked(f"-data-evaluate-expression {mi.quoted(asked)}")
            except DebuggerRefused as refusal:
                raise DebuggerRefused(f"{expression!r} is no address: {refusal.detail}") from None
        number = re.match(r"\d+", str(found.get("value", "")))
        if number is None:
            raise DebuggerRefused(f"{expression!r} is no address.", hint="Write 0x1000, or $rsp.")
        return int(number[0])

    value, value_async = sync_and_async(_value)

    async def _symbol(self, address: int) -> str:
        """Return the function or variable around an address, "Cell.go + 4"; "" if there is none."""
        async with self._lock:
            printed = await self._printed(f"info symbol {address:#x}")
        found = re.match(r"(.+?) in section ", printed)
        return found[1] if found else ""

    symbol, symbol_async = sync_and_async(_symbol)

    async def _instructions(self, address: int, size_bytes: int) -> tuple[Line, ...]:
        """Return the instructions from `address` on; () where there are none to read."""
        request = f"-data-disassemble -s {address:#x} -e {address + size_bytes:#x} -- 0"
        async with self._lock:
            try:
                found = (await self._asked(request)).get("asm_insns", [])
            except DebuggerRefused:
                return ()
        return tuple(
            Line(int(one["address"], 16), str(one["inst"]), int(one["address"], 16) == address)
            for one in found
        )

    instructions, instructions_async = sync_and_async(_instructions)
