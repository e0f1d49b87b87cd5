"""Lab 7: a disk larger than memory, two stores that survive a power cut, and a log."""

from __future__ import annotations

import random
import re
import time
from typing import TYPE_CHECKING

from unikernel import disks
from unikernel.course.exercises import exercise
from unikernel.course.trials import SECTOR_BYTES, cut_power, disk, hear, require_success
from unikernel.errors import NotYet, UnikernelError

if TYPE_CHECKING:
    from pathlib import Path

    from unikernel.course.work import Work
    from unikernel_toolchain.model.image import Image

_LONGEST_S = 0.1  # from a guest's first promise to the power cut
_KILLS = 5
_COUNTER_SECTORS = 8
_MIB = 1 << 20

# What the store on a disk has of both, read without the student's program.
_AUDIT = r"""open Lwt.Infix
module Store = Mirage_kv_block.Make (Block) (Pclock)

let balance store name =
  Store.get store (Mirage_kv.Key.v name) >|= function Ok text -> text | Error _ -> "nothing"

let start () =
  Block.connect "storage" >>= Store.connect >>= fun store ->
  balance store "alice" >>= fun alice ->
  balance store "bob" >|= fun bob -> Printf.printf "alice %s, bob %s\n" alice bob
"""


@exercise("storage", 1, "Larger than memory")
def _(work: Work) -> None:
    image = work.image("used")
    for sectors, memory_mib in ((7, 32), (40 * 2048 + random.randrange(1, 100), 24)):
        used = random.sample(range(sectors - 1), min(sectors // 2, random.randrange(3, 60)))
        with disk(sectors * SECTOR_BYTES) as path:
            _mark(path, [*used, sectors - 1])
            run = work.run(image, blocks={"storage": f"{path},ro"}, memory_mib=memory_mib)
        require_success(
            image,
            run,
            f"The disk had {sectors} sectors, the machine {memory_mib} MiB.",
        )
        if f"{len(used) + 1} of {sectors} sectors are in use" not in run.lines:
            raise NotYet(
                f"A disk of {sectors} sectors, {len(used) + 1} of them in use, is not seen so.",
                detail="\n".join(run.lines[-3:]),
                hint="Is the last piece counted? A sector whose last byte alone is not zero?",
            )


def _mark(path: Path, sectors: list[int]) -> None:
    """Have one byte of each sector hold something, in the first one of them the last byte."""
    with path.open("r+b") as file:
        for number, sector in enumerate(sectors):
            at = random.randrange(SECTOR_BYTES) if number else SECTOR_BYTES - 1
            file.seek(sector * SECTOR_BYTES + at)
            file.write(bytes([random.randrange(1, 256)]))


@exercise("storage", 2, "A counter that no power cut stops")
def _(work: Work) -> None:
    image = work.image("counter")
    with disk(_MIB) as path:
        acknowledged = 0
        for _kill in range(3):
            found, last = _count_until_cut(work, image, path)
            _require_kept(found, acknowledged)
            acknowledged = last
        whole = path.read_bytes()
        if any(whole[_COUNTER_SECTORS * SECTOR_BYTES :]):
            raise NotYet("counter writes beyond the first eight sectors of its disk.")
        for torn in _torn(whole):
            path.write_bytes(torn)
            _require_survives_tearing(work, image, path, acknowledged)
    if image.target == "virtio":
        _require_flushes(work, image)


def _require_kept(found: int, acknowledged: int) -> None:
    # The kill may cut the console off: what was acknowledged last was not seen then.
    if found not in range(acknowledged, acknowledged + 3):
        raise NotYet(
            f"{acknowledged} was acknowledged; the next machine found {found}.",
            hint="What is on the disk when “acknowledged” is said? A fresh disk is found at 0.",
        )


def _require_survives_tearing(work: Work, image: Image, path: Path, last: int) -> None:
    with work.booted(image, blocks={"storage": path}) as machine:
        line = hear(
            machine,
            r"found (\S+)",
            "After one of its sectors was torn, counter does not say what it found.",
            hint="Which bytes does it believe without having compared them with anything?",
        )
    if line[1] not in {str(number) for number in range(last - 1, last + 3)}:
        raise NotYet(
            f"The counter was at {last}, then one sector was torn, and it found {line[1]}.",
            hint="The sector that is being written may come out as anything. Which other one "
            "knows the number before, and how does it show which of them is whole?",
        )


def _count_until_cut(work: Work, image: Image, path: Path) -> tuple[int, int]:
    """Return what was found, and what was acknowledged last when the power was cut."""
    with work.booted(image, blocks={"storage": path}) as machine:
        found = hear(machine, r"found (\d+)", "counter should say first what it has found.")
        hear(machine, r"acknowledged \d+", "counter should go on to acknowledge numbers.")
        time.sleep(random.random() * _LONGEST_S)
        said = cut_power(machine)
    return int(found[1]), int(re.findall(r"^acknowledged (\d+)\r?\n", said, re.MULTILINE)[-1])


def _torn(whole: bytes) -> list[bytes]:
    """Return the disk with one of its sectors torn, each in two ways."""
    found = []
    for sector in range(_COUNTER_SECTORS):
        at = sector * SECTOR_BYTES
        if any(whole[at : at + SECTOR_BYTES]):
            found += [
                whole[:at] + random.randbytes(length) + whole[at + length :]
                for length in (SECTOR_BYTES, 300)
            ]
    return found


def _require_flushes(work: Work, image: Image) -> None:
    """QEMU counts flushes; a process's cannot be seen from outside."""
    with disk(_MIB) as path, work.booted(image, blocks={"storage": path}) as machine:
        hear(machine, "acknowledged 20", "counter should come to 20, one number after the other.")
        answer = machine.qmp("query-blockstats")
    flushes = (
        sum(device["stats"]["flush_operations"] for device in answer if isinstance(device, dict))
        if isinstance(answer, list)
        else 0
    )
    if flushes < 20:
        raise NotYet(
            f"20 numbers were acknowledged, and the disk was asked to flush {flushes} times.",
            hint="What the device has may be in a cache that forgets when the power goes.",
        )


@exercise("storage", 3, "All or nothing")
def _(work: Work) -> None:
    image = work.image("bank")
    balances = []
    with disk(_MIB) as path:
        for _kill in range(_KILLS):
            with work.booted(image, blocks={"storage": path}) as machine:
                has = hear(
                    machine, r"alice (-?\d+), bob (-?\d+)", "bank should say what both have first."
                )
                hear(machine, r"moved \d+", "bank should go on to move money, for ever.")
                time.sleep(random.random() * _LONGEST_S)
                cut_power(machine)
            balances.append((int(has[1]), int(has[2])))
            if len(balances) == _KILLS - 1:
                stored = _audit(work, path)
    _require_balanced(balances)
    if has[0].strip() != stored:
        raise NotYet(
            f"Another program read from the disk: {stored}; bank said {has[0].strip()}.",
            hint="The balances are the keys alice and bob of the store on the disk.",
        )


def _audit(work: Work, path: Path) -> str:
    packages = ["mirage-kv-block", "mirage-clock-freestanding"]
    image = work.build(_AUDIT, "unix", packages=packages, blocks=["storage"])
    return work.run(image, blocks={"storage": path}).text.strip()


def _require_balanced(balances: list[tuple[int, int]]) -> None:
    if balances[0] != (1000, 0):
        raise NotYet(f"On a fresh disk alice has {balances[0][0]} and bob {balances[0][1]}.")
    for alice, bob in balances:
        if alice + bob != 1000:
            raise NotYet(
                f"After a power cut alice has {alice} and bob {bob}, together {alice + bob}.",
                hint="The power went between two changes. Which function makes one of them?",
            )
        if alice < 0 or bob < 0:
            raise NotYet(f"Somebody has less than nothing: alice {alice}, bob {bob}.")
    if len(set(balances)) == 1:
        raise NotYet("Money is said to be moved, and both always have what they had at first.")


@exercise("storage", 4, "A log for everybody")
def _(work: Work) -> None:
    image = work.image("log")
    lines = [f"entry {random.randrange(1 << 30)} of the log" for _ in range(3)]
    with disk(random.randrange(2, 6) * _MIB) as path:
        for line in lines:
            run = work.run(image, blocks={"storage": path}, arguments=line.split(" "))
            require_success(image, run)
        try:
            with disks.contents(path) as files:
                text = files.read("log.txt").decode(errors="replace")
        except UnikernelError as problem:
            raise NotYet(
                f"After {len(lines)} runs there is no log.txt that can be read from the disk.",
                detail=problem.what.replace(str(path), "the disk"),
                hint="A disk of zeros is formatted first.",
            ) from problem
    if text.splitlines() != lines:
        raise NotYet(
            f"After {len(lines)} runs the log should have {len(lines)} lines.",
            detail=text[:500],
            hint="Are older lines gone? Then look at when the disk is formatted, and at the "
            "offset at which a line is written.",
        )
