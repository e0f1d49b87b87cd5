"""Lab 3, memory: what stops writes to code, execution of data, deep stacks and overruns."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from unikernel.course import trials
from unikernel.course.exercises import exercise
from unikernel.course.work import Run
from unikernel.errors import NotYet
from unikernel.model.state import Cause
from unikernel_toolchain.binary import elf

from . import memory_programs as programs

if TYPE_CHECKING:
    from unikernel.course.work import Work
    from unikernel_toolchain.model.image import Image

PLACES = ("code", "data", "stack", "heap")
BOOTS = 3  # of some thousand places all are the same once in a million times
SIX = bytes([0xB8, 42, 0, 0, 0, 0xC3])
# After push ~n: pop rax, not eax, ret. That these return n is to be had by calling them alone.
OTHER_END = (0x58, 0xF7, 0xD0, 0xC3)
WORDS = ("ash", "birch", "cedar", "elm", "fir", "holly", "larch", "oak", "pine", "willow", "yew")
STEP_KIB = 64
SPARE = 8  # bytes of a block that is not much larger than what is needed


@exercise("memory", 1, "Write to code")
def _(work: Work) -> None:
    image = work.image("scribble")
    run = work.run(image)
    written = _expect_fault(
        run, r"write to read-only page (0x\w+) \(\.text\)", "a write to its own code"
    )
    if written not in {
        it.address for it in elf.read(image.debug_path).symbols if it.name == "answer"
    }:
        raise NotYet(
            "It wrote to code, and not to the first byte of answer.",
            detail=run.text,
            hint="It prints where answer is; the report says where it wrote.",
        )


@exercise("memory", 2, "Execute data")
def _(work: Work) -> None:
    image = work.image("run")
    _expect_called(work, image)
    for place in PLACES[1:]:
        run = work.run(image, arguments=[place])
        region = ".data" if place == "data" else place
        at = _expect_fault(
            run,
            rf"execution of non-executable page (0x\w+) \({re.escape(region)}\)",
            f"the execution of bytes on a page of {region}, for {place}",
        )
        if f"{at:#x}" not in run.text.partition("unikernel: fault")[0]:
            raise NotYet(
                f"For {place}, it should print first where the bytes are.", detail=run.text
            )
        if place == "data" and not _loaded(image, at).startswith(SIX):
            raise NotYet("For data, what it jumps to is not the six bytes.")


def _expect_called(work: Work, image: Image) -> None:
    """Raise NotYet unless the six bytes are called, also when they are others."""
    number = random.randrange(1, 128)
    with trials.altered(image, SIX, bytes([0x6A, ~number & 0xFF, *OTHER_END])) as other:
        run = work.run(other, arguments=["code"])
    if not re.search(rf"^\D*{number}$", run.text, re.MULTILINE) or not run.exit.ok:
        raise NotYet(
            "For code, the six bytes should be called, and what they return be printed. In a copy "
            f"of your program they were others, which return {number}.",
            detail=run.text,
        )


def _loaded(image: Image, address: int) -> bytes:
    """Return what an image has in memory from an address on, before anything runs."""
    file = elf.read(image.path)
    for part in file.segments:
        inside = address - part.address
        if part.kind == elf.PT_LOAD and 0 <= inside < part.file_bytes:
            return bytes(file.data[part.offset + inside : part.offset + part.file_bytes])
    return b""


@exercise("memory", 3, "Fall off the stack", points=2)
def _(work: Work) -> None:
    image = work.image("deep")
    run = work.run(image)
    _expect_fault(run, r"\(stack guard\)", "a write below its stack")
    steps = [int(line) for line in run.lines if line.isdecimal()]
    if steps != list(range(STEP_KIB, STEP_KIB * (len(steps) + 1), STEP_KIB)) or len(steps) < 2:
        raise NotYet(
            "It should print 64, 128, 192 and so on, to the end.", detail="\n".join(run.lines[:5])
        )
    guess = work.number("stack_kib")
    probe = work.run(work.build(programs.DEEP, image.target, language="c"))
    truth = max(int(line) for line in probe.lines if line.isdecimal())
    if abs(guess - truth) > truth / 10:
        raise NotYet(
            f"stack_kib is {guess:g}, and the stack is not of that size.",
            hint="What was the last number before it died, on this target and with this memory?",
        )


@exercise("memory", 4, "Not fall off the stack")
def _(work: Work) -> None:
    image = work.image("total")
    for upto in (random.randrange(100, 1000), random.randrange(9_000_000, 11_000_000)):
        run = work.run(image, arguments=[str(upto)])
        if "Stack_overflow" in run.text:
            raise NotYet(f"For {upto} it ran out of stack.", detail=run.text)
        work.expect_lines(run, [str(_total(upto))], [str(upto)])


@exercise("memory", 5, "Write past the end of a block")
def _(work: Work) -> None:
    image = work.image("overrun")
    size = random.randrange(10, 200)
    for written in (size, size // 2, 0):
        words = [str(size), str(written)]
        work.expect_lines(work.run(image, arguments=words), ["written", "freed"], words)
    for written in (size + 1, size + 8):
        run = work.run(image, arguments=[str(size), str(written)])
        if run.exit.cause is not Cause.ABORT or "overrun of the block" not in run.exit.message:
            raise NotYet(
                f"With {written} bytes written to a block of {size}, it should be stopped by the "
                f"heap; its end: {run.exit}.",
                detail=run.text,
                hint="Are there as many bytes written as the second word says, from the start on?",
            )
        if run.lines[0] != "written":
            raise NotYet("It should print written before it frees the block.", detail=run.text)
    if work.word("noticed") != "free":
        raise NotYet(
            f"noticed is {work.value('noticed', str)!r}, and it was noticed elsewhere.",
            hint="What had it printed before, and what not?",
        )


@exercise("memory", 6, "Find it, mend it", points=2)
def _(work: Work) -> None:
    image = trials.enclosed(work.image("join"), programs.COUNTING, programs.COUNTED)
    for count in (1, 2, 5, 0):
        words = random.sample(WORDS, count)
        words[:1] = [word * random.randrange(1, 9) for word in words[:1]]  # of any length
        run = work.run(image, arguments=words)
        if run.exit.cause is Cause.ABORT:
            with_words = f"Booted with {' '.join(words)}" if words else "Booted without a word"
            raise NotYet(f"{with_words}, its end: {run.exit}.", detail=run.text)
        _expect_joined(work, run, words)


def _expect_joined(work: Work, run: Run, words: list[str]) -> None:
    """Raise NotYet unless the words came joined, out of one block of their size."""
    joined = ",".join(words)
    counts = re.search(r"\n?(\d+) blocks, (\d+) bytes, (\d+) freed\n?\Z", run.text)
    own = Run(run.exit, run.text[: counts.start()] if counts else run.text)
    work.expect_lines(own, [joined], words)
    if not run.exit.ok:
        raise NotYet(f"It should end with status 0; its end: {run.exit}.")
    blocks, size, freed = map(int, counts.groups()) if counts else (0, 0, 0)
    needed = len(joined) + 1
    if blocks != 1 or freed != 1 or not needed <= size < needed + SPARE:
        raise NotYet(
            f"For {joined!r} it should take one block of {needed} bytes with malloc, and free it. "
            f"It took {blocks}, together {size} bytes, and freed {freed}."
        )


@exercise("memory", 7, "What moves", points=2)
def _(work: Work) -> None:
    image = work.image("where")
    found = _moving(work, image)
    truth = _moving(work, work.build(programs.WHERE, image.target, language="c"))
    said = work.value("moves", set)
    if unknown := said - set(PLACES):
        raise NotYet(f"moves names what is not one of {', '.join(PLACES)}: {unknown}.")
    if said != truth:
        raise NotYet(
            f"Of what moves and what does not, {4 - len(said ^ truth)} of 4 are right.",
            hint="Boot it four times, and put the lines beside one another.",
        )
    if found != truth:
        raise NotYet(
            f"What where prints moves otherwise than {', '.join(PLACES)} do: {found ^ truth}.",
            hint="The address of what is it in each line?",
        )


def _moving(work: Work, image: Image) -> set[str]:
    """Return which places move from boot to boot, those in the program being where it says."""
    boots = [_addresses(work, image) for _ in range(BOOTS)]
    parts = [part for part in elf.read(image.path).segments if part.kind == elf.PT_LOAD]
    for place, at in boots[0].items():
        rights = [p.flags for p in parts if 0 <= at - p.address < p.memory_bytes]
        wanted = {"code": elf.PF_X, "data": elf.PF_W}.get(place)
        if bool(rights) != bool(wanted) or (wanted and not rights[0] & wanted):
            raise NotYet(f"where says that {place} is at {at:#x}, and there it is not.")
    return {place for place in PLACES if len({found[place] for found in boots}) > 1}


@exercise("memory", 8, "And yet", points=3)
def _(work: Work) -> None:
    """Try it on both sides of the border, and ask answer once more when main has returned."""
    image = work.image("patch")
    number = str(random.randrange(1000, 2**31))
    for target in [name for name in ("unix", "virtio") if work.can_run(name)]:
        run = work.run(
            trials.enclosed(image, "", programs.ASKING, target=target), arguments=[number]
        )
        if run.lines[:1] != ["trying"]:
            raise NotYet("It should begin by printing trying.", detail=run.text)
        if target == "unix":
            _expect_fault(run, "general protection fault", "what no process may do, on unix")
        elif run.lines[1:2] != [number]:
            raise NotYet(
                f"Built for virtio and booted with {number}, answer should return that number.",
                detail=run.text,
                hint="Was write protection off while you wrote? Are the bytes in the right order?",
            )
        elif run.lines[2:] != [f"answer: {number}"]:
            raise NotYet(
                f"It printed {number}; but answer, asked once more when main had returned, did not "
                "return it.",
                detail=run.text,
            )


def _expect_fault(run: Run, wanted: str, what: str) -> int:
    """Return the address in `wanted`, its group. Raises NotYet unless the guest ended so."""
    found = re.search(wanted, run.exit.message)
    if run.exit.cause is not Cause.FAULT or not found:
        raise NotYet(
            f"It should be stopped for {what}; its end: {run.exit}.",
            detail=run.text,
        )
    return int(found[1], 16) if found.lastindex else 0


def _total(upto: int) -> int:
    """Return what `total` prints: the weights repeat after 97 numbers."""
    weights = [i * i % 97 for i in range(97)]
    rounds, rest = divmod(upto + 1, 97)
    return rounds * sum(weights) + sum(weights[:rest])


def _addresses(work: Work, image: Image) -> dict[str, int]:
    run = work.run(image)
    found = dict(re.findall(r"^(\w+) 0x([0-9a-f]{3,16})$", run.text, re.MULTILINE))
    if missing := [place for place in PLACES if place not in found]:
        raise NotYet(
            f"There should be a line with an address for {', '.join(missing)}.",
            detail=run.text,
        )
    return {place: int(address, 16) for place, address in found.items()}
