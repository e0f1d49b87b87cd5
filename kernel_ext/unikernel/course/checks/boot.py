"""Lab 2, a boot: its time, what is done before the start, memory, the file."""

from __future__ import annotations

import random
import statistics
from typing import TYPE_CHECKING

from unikernel.course.exercises import exercise
from unikernel.errors import BootFailed, NotYet
from unikernel.model.measurement import Measurement, Measurements
from unikernel_toolchain.binary import elf

if TYPE_CHECKING:
    from unikernel.course.work import Work
    from unikernel_toolchain.model.image import Image

OWN = ("base", "runtime", "libraries", "application")
OTHERS = ("qemu start", "firmware")
ENTRIES = 300_000
HASH = """\
let hash i =
  let x = ref i in
  for _ = 1 to 60 do x := !x * 31 mod 10007 done;
  !x
"""
EARLY = f"""\
{HASH}
let table = Array.init {ENTRIES} hash
let total = Array.fold_left ( + ) 0 table
let start () =
  print_endline "ready";
  let n = int_of_string Sys.argv.(1) in
  Printf.printf "%d of %d\\n" table.(n) total
"""
FIRST_WORD = """\
#include <stdio.h>
int main(int argc, char **argv)
{
        puts(argc > 1 ? argv[1] : "");
        return 0;
}
"""


@exercise("boot", 1, "Whose time is it?")
def _(work: Work) -> None:
    for repeat in (5, 7):
        boots = [
            {phase: random.expovariate(1 / 5) for phase in (*OTHERS, *OWN)} for _ in range(repeat)
        ]
        truth = statistics.median(sum(boot[phase] for phase in OWN) for boot in boots)
        answer = work.call("guest_ms", _measured(boots))
        if not isinstance(answer, int | float) or abs(answer - truth) > 1e-6:
            raise NotYet(
                f"Of {repeat} boots that were made up for it, guest_ms answers {answer}; "
                f"it is {truth:.6f}.",
                hint="First add up within each boot, then take the median of these sums.",
            )


@exercise("boot", 2, "Before the start")
def _(work: Work) -> None:
    image = work.image("early")
    n = random.randrange(ENTRIES)
    before = work.run(work.build(EARLY, image.target), arguments=[str(n)])
    run = work.run(image, arguments=[str(n)])
    work.expect_lines(run, before.lines, [str(n)])
    slow = _until_first_line_ms(work, work.build(EARLY, image.target), n)
    fast = _until_first_line_ms(work, image, n)
    if fast > slow / 4:
        raise NotYet(
            f"From the initialisation of its modules to its first line it takes {fast:.0f} ms, of "
            f"{slow:.0f} ms before.",
            hint="print(uk.machine('early').timeline): in which phase is it?",
        )


@exercise("boot", 3, "How little is enough?")
def _(work: Work) -> None:
    image = work.image("grow")
    for count in (random.randrange(1000, 2000), random.randrange(200_000, 1_000_000)):
        words = [str(count)]
        answer = work.call("least_mib", "grow", words)
        if not isinstance(answer, int) or not 1 <= answer <= 64:
            raise NotYet(f"least_mib('grow', {words}) is {answer}, and no number from 1 to 64.")
        # Where stack and heap begin is drawn at every boot: at the edge both answers occur.
        if not any(_runs(work, image, words, answer + more) for more in (0, 1)):
            raise NotYet(f"With {answer} MiB, {count} numbers do not run.")
        if answer > 1 and all(_runs(work, image, words, answer - less) for less in (1, 2)):
            raise NotYet(f"With less than {answer} MiB, {count} numbers run, too.")


@exercise("boot", 4, "What does the processor see?", points=2)
def _(work: Work) -> None:
    target = work.image("tiny").target
    for image in (work.image("tiny"), work.build(FIRST_WORD, target, language="c")):
        truth = [
            (_rights(part.flags), part.address, part.memory_bytes)
            for part in elf.read(image.path).segments
            if part.kind == elf.PT_LOAD
        ]
        answer = work.call("segments", image.path)
        if answer == truth:
            continue
        if not isinstance(answer, list) or len(answer) != len(truth):
            raise NotYet(f"Of {image.path.name} there are {len(truth)} segments to load.")
        wrong = next(
            (part for part, right in zip(answer, truth, strict=True) if part != right), answer
        )
        raise NotYet(
            f"segments answers {wrong!r:.80} for a segment, and that is not so.",
            hint="readelf -lW says the same in another way: compare.",
        )


@exercise("boot", 5, "The smallest", points=2)
def _(work: Work) -> None:
    image = work.image("smallest")
    for word in (f"word{random.randrange(1000)}", "x" * random.randrange(40, 90)):
        work.expect_lines(work.run(image, arguments=[word]), [word], [word])
        work.expect_lines(work.run(image, arguments=[word, "more"]), [word], [word, "more"])
    limit = work.build(FIRST_WORD, image.target, language="c").size_bytes * 19 // 20
    if image.size_bytes > limit:
        raise NotYet(f"smallest has {image.size_bytes:,} bytes; it should have {limit:,} at most.")


def _measured(boots: list[dict[str, float]]) -> Measurements:
    rows = [
        Measurement(f"boot.{phase}", value, "ms", {}, sample)
        for sample, boot in enumerate(boots)
        for phase, value in [*boot.items(), ("total", sum(boot.values()))]
    ]
    random.shuffle(rows)
    return Measurements(rows)


def _until_first_line_ms(work: Work, image: Image, n: int) -> float:
    """Return how long modules' initialisation and `start` took until the first line.

    The least of three boots: what else the host does can only add to it.
    """
    found = []
    for _ in range(3):
        with work.booted(image, arguments=[str(n)]) as machine:
            work.ended(machine)
            phases = machine.timeline.phases if machine.timeline else ()
            found.append(sum(it.duration_ms for it in phases if it.name in OWN[2:]))
    return min(found)


def _runs(work: Work, image: Image, words: list[str], memory_mib: int) -> bool:
    if memory_mib < 1:
        return False
    try:
        return work.run(image, arguments=words, memory_mib=memory_mib).exit.ok
    except NotYet as refused:
        if isinstance(refused.__cause__, BootFailed):
            return False
        raise


def _rights(flags: int) -> str:
    letters = ((elf.PF_R, "r"), (elf.PF_W, "w"), (elf.PF_X, "x"))
    return "".join(letter if flags & bit else "-" for bit, letter in letters)
