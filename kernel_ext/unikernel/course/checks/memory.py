"""Lab 3, memory: what stops writes to code, execution of data, deep stacks and overruns."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from unikernel.course import trials
from unikernel.course.exercises import exercise
from unikernel.errors import NotYet
from unikernel.model.state import Cause

if TYPE_CHECKING:
    from unikernel.course.work import Run, Work
    from unikernel_toolchain.model.image import Image

PLACES = ("code", "data", "stack", "heap")
BOOTS = 5  # of some thousand places two are the same once in hundreds of boots
WORDS = ("ash", "birch", "cedar", "elm", "fir", "holly", "larch", "oak", "pine", "willow", "yew")
STEP_KIB = 64
# What `deep` is to find out: how far down a stack can be written to.
DEEP = """\
#include <stdint.h>
#include <stdio.h>
static uintptr_t top, said;
__attribute__((noipa)) int deeper(int n)
{
        volatile char frame[512];
        uintptr_t used = top - (uintptr_t)frame;
        frame[0] = 1;
        if (used >= said + 65536) {
                said += 65536;
                printf("%ld\\n", (long)(said / 1024));
                fflush(stdout);
        }
        return deeper(n + 1) + frame[0];
}
int main(void)
{
        volatile char here = 0;
        top = (uintptr_t)&here;
        return deeper(here);
}
"""


@exercise("memory", 1, "Write to code")
def _(work: Work) -> None:
    run = work.run(work.image("scribble"))
    _expect_fault(run, r"write to read-only page 0x\w+ \(\.text\)", "a write to its own code")


@exercise("memory", 2, "Execute data")
def _(work: Work) -> None:
    image = work.image("run")
    for place in PLACES:
        run = work.run(image, arguments=[place])
        if place != "code":
            region = r"\.data" if place == "data" else place
            wanted = rf"execution of non-executable page 0x\w+ \({region}\)"
            _expect_fault(run, wanted, f"the execution of bytes on a page of {region}, for {place}")
        elif not re.search(r"^\D*42$", run.text, re.MULTILINE) or not run.exit.ok:
            raise NotYet(
                "For code, the six bytes should be called, and what they return be printed.",
                detail=run.text,
            )


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
    probe = work.run(work.build(DEEP, image.target, language="c"))
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
    if work.value("noticed", str) != "free":
        raise NotYet(
            f"noticed is {work.value('noticed', str)!r}, and it was noticed elsewhere.",
            hint="What had it printed before, and what not?",
        )


@exercise("memory", 6, "Find it, mend it", points=2)
def _(work: Work) -> None:
    image = work.image("join")
    for count in (1, 2, 5, 0):
        words = random.sample(WORDS, count)
        words[:1] = [word * random.randrange(1, 9) for word in words[:1]]  # of any length
        run = work.run(image, arguments=words)
        if run.exit.cause is Cause.ABORT:
            with_words = f"Booted with {' '.join(words)}" if words else "Booted without a word"
            raise NotYet(f"{with_words}, its end: {run.exit}.", detail=run.text)
        work.expect_lines(run, [",".join(words)], words)
        if not run.exit.ok:
            raise NotYet(f"It should end with status 0; its end: {run.exit}.")


@exercise("memory", 7, "What moves", points=2)
def _(work: Work) -> None:
    boots = [_addresses(work, work.image("where")) for _ in range(BOOTS)]
    truth = {place for place in PLACES if len({found[place] for found in boots}) > 1}
    said = work.value("moves", set)
    if unknown := said - set(PLACES):
        raise NotYet(f"moves names what is not one of {', '.join(PLACES)}: {unknown}.")
    if said != truth:
        raise NotYet(
            f"Of what moves and what does not, {4 - len(said ^ truth)} of 4 are right.",
            hint="Boot it four times, and put the lines beside one another.",
        )


@exercise("memory", 8, "And yet", points=3)
def _(work: Work) -> None:
    """Try it on both sides of the border: who only prints the number has no fault in a process."""
    image = work.image("patch")
    number = str(random.randrange(1000, 2**31))
    for target in [name for name in ("unix", "virtio") if work.can_run(name)]:
        run = work.run(trials.variant(image, target=target), arguments=[number])
        if run.lines[:1] != ["trying"]:
            raise NotYet("It should begin by printing trying.", detail=run.text)
        if target == "unix":
            _expect_fault(run, "general protection fault", "what no process may do, on unix")
        elif run.lines != ["trying", number]:
            raise NotYet(
                f"Built for virtio and booted with {number}, answer should return that number.",
                detail=run.text,
                hint="Was write protection off while you wrote? Are the bytes in the right order?",
            )


def _expect_fault(run: Run, wanted: str, what: str) -> None:
    if run.exit.cause is not Cause.FAULT or not re.search(wanted, run.exit.message):
        raise NotYet(
            f"It should be stopped for {what}; its end: {run.exit}.",
            detail=run.text,
        )


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
