"""Lab 8: xenstore, a letter box, states of devices, and an event channel."""

from __future__ import annotations

import random
import re
import string
from typing import TYPE_CHECKING

from unikernel.course.exercises import exercise
from unikernel.course.trials import enclosed, hear, require_success, symbols
from unikernel.course.work import Run
from unikernel.errors import NotYet, UnikernelError

if TYPE_CHECKING:
    from unikernel.course.work import Work
    from unikernel.machines import Machine
    from unikernel_toolchain.model.image import Image

_BELL = {"unikernel_event_channel_notify", "unikernel_event_channel_take", "unikernel_wait"}
# Around `bell`: how often it did what it says.
_COUNTING = """\
#include <stdio.h>
#include "unikernel.h"
#include "unikernel_xen.h"
static unsigned long check_rung, check_taken;
static int check_take(int taken)
{
        check_taken += taken != 0;
        return taken;
}
#define unikernel_event_channel_notify(port) (check_rung++, unikernel_event_channel_notify(port))
#define unikernel_event_channel_take(port) check_take(unikernel_event_channel_take(port))
"""
_COUNTED = """\
int unikernel_main(const struct unikernel_start_info *info)
{
        int status = student_main(info);
        char said[80];
        int size = snprintf(said, sizeof said, "rung %lu, taken %lu\\n", check_rung, check_taken);
        unikernel_console_write(said, (size_t)size);
        return status;
}
"""


@exercise("xen", 1, "Who am I?")
def _(work: Work) -> None:
    image = work.image("whoami")
    memory_mib = random.randrange(33, 60)
    run = work.run(image, memory_mib=memory_mib)
    require_success(image, run)
    found = re.fullmatch(r"domain (\d+), called (\S+), with (\d+) KiB\s*", run.text)
    if not found or int(found[3]) != memory_mib * 1024:
        raise NotYet(
            f"In a domain of {memory_mib} MiB, whoami does not say who it is.",
            detail=run.text[-500:],
            hint="memory/static-max is in KiB. The line is one, and looks like that of the lab.",
        )
    if found[1] == "0" or found[2] == image.name:
        raise NotYet(
            f"This was neither domain 0 nor a domain called {image.name}.",
            detail=run.text[-500:],
            hint="domid and name are in the store.",
        )


@exercise("xen", 2, "A letter box")
def _(work: Work) -> None:
    image = work.image("mailbox")
    word = f"note{random.randrange(10**6)}"
    with work.booted(image, arguments=[word]) as machine:
        hear(machine, "listening", "mailbox should say that it is listening.")
        domain, tree = _store_of(machine, image)
        if f'note = "{word}"' not in tree:
            raise NotYet(
                f"data/note of its domain is not {word!r}.", hint="Sys.argv.(1) is the word."
            )
        letters = random.sample(string.ascii_lowercase, 2)
        for letter in letters:
            machine.xl("sysrq", domain, letter)
            hear(machine, f"letter {letter}", f"The letter {letter} was sent, and not seen.")
        if 'sysrq = ""' not in _store_of(machine, image)[1]:
            raise NotYet(
                "The last letter is still in the box.", hint="Whoever takes it, empties it."
            )
        machine.xl("shutdown", domain)
        run = work.ended(machine)
    require_success(image, run)
    if run.lines[-1] != "bye" or run.text.count("letter") != len(letters):
        raise NotYet(
            "Each letter should be seen once, and bye be the last word.", detail=run.text[-500:]
        )


def _store_of(machine: Machine, image: Image) -> tuple[str, str]:
    """Return the number of a machine's domain, and what xenstore has of it."""
    try:
        number = machine.xl("list").splitlines()[-1].split()[1]
        return number, machine.xl("xenstore-ls", f"/local/domain/{number}")
    except (UnikernelError, IndexError) as problem:
        raise NotYet(
            f"{image.name} has ended before anybody could write to it.",
            detail=machine.console.last_lines(),
            hint="It ends when it is asked to, and not before. What does start wait for?",
        ) from problem


@exercise("xen", 3, "How do they stand?")
def _(work: Work) -> None:
    for _round in range(5):
        tree, expected = _devices()
        found = work.call("states", tree)
        if found != expected:
            raise NotYet(
                f"A tree with {len(expected)} devices is read as {found!r}."[:300],
                detail=tree,
                hint="State is a number. It counts two levels down, and nowhere else.",
            )


def _devices() -> tuple[str, dict[str, int]]:
    """Return a tree of devices as the store lists it, and the state of each."""
    lines, states = ['suspend = ""', ' event-channel = ""'], {}
    for kind in random.sample(("vif", "vbd", "console", "9pfs", "vkbd"), random.randrange(1, 5)):
        lines.append(f'{kind} = ""')
        for number in random.sample(range(60_000), random.randrange(3)):
            state = random.randrange(1, 7)
            states[f"{kind}/{number}"] = state
            own = [
                f'  state = "{state}"',
                f'  backend = "/local/domain/0/backend/{kind}/{random.randrange(99)}/{number}"',
                f'  queue-0 = ""\n   state = "{random.randrange(9)}"',
                '  label = "a = \\"b\\""',
            ]
            lines += [f' {number} = ""', *random.sample(own, len(own))]
    return "\n".join(lines) + "\n", states


@exercise("xen", 4, "A bell")
def _(work: Work) -> None:
    image = work.image("bell")
    count = random.randrange(50, 500)
    if missing := _BELL - symbols(image):
        raise NotYet(f"bell never calls {min(missing)}.", hint="Ring, wait asleep, take.")
    counted = enclosed(image, _COUNTING, _COUNTED, main="unikernel_main")
    run = work.run(counted, arguments=[str(count)])
    require_success(image, run)
    *lines, counts = run.lines or [""]
    work.expect_lines(Run(run.exit, "\n".join(lines)), [f"heard {count} of {count}"], [str(count)])
    if counts != f"rung {count}, taken {count}":
        raise NotYet(
            f"It says that it heard {count}; counted beside it: {counts}.",
            hint="Ring once, sleep until it is there, take it; then the next.",
        )
