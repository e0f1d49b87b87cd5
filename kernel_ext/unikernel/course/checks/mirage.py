"""Lab 6: a MirageOS application. Keys, devices, a layer, a choice, and files over TCP."""

from __future__ import annotations

import random
import re
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import unikernel_toolchain as toolchain
from unikernel import applications
from unikernel.course.exercises import exercise
from unikernel.course.trials import hear, require_success
from unikernel.errors import NotYet

if TYPE_CHECKING:
    from unikernel.course.work import Work

_WRONG_WORDS = 64  # the status of a guest whose keys were wrong, as in MirageOS 3.9
_CLOCKS_APART_S = 60
_ANSWER_S = 20.0
_LINES = 12
_LONGEST = 1 << 16  # bytes of an answer
_CRIER = """\
module Loud (Below : Mirage_console.S) = struct
  include Below
  let start below = Lwt.return below
  let log t text = Below.log t (String.uppercase_ascii text ^ "!")
end

module Main (Console : Mirage_console.S) = struct
  let start console = Console.log console "hear, {word}"
end
"""


@exercise("mirage", 1, "Parameters")
def _(work: Work) -> None:
    image = work.image("herald")
    who, times = f"guest{random.randrange(10**6)}", random.randrange(3, 9)
    cases = [([], "nobody", 2), ([f"--herald-of={who}", f"--times={times}"], who, times)]
    for arguments, name, count in cases:
        run = work.run(image, arguments=arguments)
        if run.lines != [f"Make way for {name}!"] * count:
            raise NotYet(
                f"Booted with {arguments or 'no words'}, herald should make way {count} times for "
                f"{name}.",
                detail="\n".join(run.lines[-5:]),
                hint="--times and --herald-of are set at both stages: what is the default stage "
                "of a key?",
            )
    if work.run(image, arguments=["--times=many"]).exit.status != _WRONG_WORDS:
        raise NotYet("--times=many should be refused: the type of a key is that of its converter.")
    _require_help(work.run(image, arguments=["--help"]).text)


def _require_help(text: str) -> None:
    for option in ("--herald-of", "--times"):
        if not re.search(rf"{option}=\S+ .*\n\s+\S", text):
            raise NotYet(f"--help says nothing about {option}.", hint="~doc of Key.Arg.info")


@exercise("mirage", 2, "Against interfaces")
def _(work: Work) -> None:
    image = work.image("dice")
    throws = random.randrange(200, 400)
    seen = []
    for _round in range(2):
        run = work.run(image, arguments=[f"--throws={throws}"])
        require_success(image, run)
        first, *lines = run.lines or [""]
        epoch = re.fullmatch(r"epoch (\d+)", first)
        if not epoch or abs(int(epoch[1]) - time.time()) > _CLOCKS_APART_S:
            raise NotYet(
                f"By the clock it was {time.time():.0f}, and dice says {first!r}.",
                hint="Days and picoseconds of the day: both count.",
            )
        if len(lines) != throws or set(lines) != set("123456"):
            raise NotYet(
                f"{throws} throws should be as many lines, each a number from 1 to 6.",
                detail="\n".join(lines[:5]),
            )
        seen.append(lines)
    if seen[0] == seen[1]:
        raise NotYet("The throws are the same at each boot: is it the device that makes them?")


@exercise("mirage", 3, "A layer of your own")
def _(work: Work) -> None:
    image = work.image("library")
    notes = _notes()
    for name, text in random.sample(sorted(notes.items()), min(2, len(notes))):
        run = work.run(image, arguments=[f"--note={name}"])
        if run.text.strip() != text[::-1]:
            raise NotYet(
                f"The note {name} should come out backwards: {text[::-1]!r}.",
                detail="\n".join(run.lines[-3:]),
                hint="If this is another note: was the folder written anew since the build?",
            )
    run = work.run(image, arguments=["--note=none-of-them"])
    if run.exit.status != 1:
        raise NotYet(f"A note that is not there should end it with status 1, not so: {run.exit}.")


def _notes() -> dict[str, str]:
    try:
        return {path.name: path.read_text() for path in Path("notes").iterdir()}
    except OSError as problem:
        raise NotYet(
            f"The folder notes cannot be read: {problem}.", hint="Run the cell that writes it."
        ) from problem


@exercise("mirage", 4, "Decided before it is compiled")
def _(work: Work) -> None:
    config = work.value("CONFIG", str)
    word = f"you{random.randrange(10**6)}"
    for flags, expected in (((), f"hear, {word}"), (("--loud=true",), f"HEAR, {word.upper()}!")):
        application = applications.of_text(config, target=work.target, words=flags)
        asked = applications.request(application, "compared", _CRIER.replace("{word}", word))
        run = work.run(toolchain.build(asked))
        if run.lines != [expected]:
            raise NotYet(
                f"Configured with {'--loud' if flags else 'no flag'}, it should say {expected!r}.",
                detail="\n".join(run.lines[-3:]),
                hint="Which of the two implementations of if_impl is it that --loud chooses?",
            )
    if "Unikernel.Loud" in applications.of_text(config, target=work.target).configured().main:
        raise NotYet("Without --loud, Loud is in the image all the same.")


@exercise("mirage", 5, "A library on the network")
def _(work: Work) -> None:
    image = work.image("desk")
    notes = _notes()
    asked = [random.choice([*notes, f"no-{random.randrange(99)}"]) for _ in range(_LINES)]
    port = random.randrange(1024, 60_000)
    with work.booted(image, ports={0: port}, arguments=[f"--port={port}"]) as machine:
        hear(machine, ".*open", "desk should log that it is open.")
        address = ("127.0.0.1", machine.ports[0].host_port)
        _converse(address, [(name, notes.get(name, "?")) for name in asked])


def _converse(address: tuple[str, int], lines: list[tuple[str, str]]) -> None:
    """Ask line by line, and let each part that is sent end in the middle of the next line."""
    texts = [f"{name}\n".encode() for name, _ in lines]
    cuts = [0, *(random.randrange(1, len(text)) for text in texts[1:])]
    halves = [(text[:cut], text[cut:]) for text, cut in zip(texts, cuts, strict=True)]
    begins = [begin for begin, _ in halves[1:]]
    try:
        with (
            socket.create_connection(address, timeout=_ANSWER_S) as silent,
            socket.create_connection(address, timeout=_ANSWER_S) as line,
        ):
            silent.sendall(b"half a line of somebody who goes to lunch")
            file = line.makefile("rb")
            for (name, note), (_, end), begin in zip(lines, halves, [*begins, b""], strict=True):
                line.sendall(end + begin)
                _require_answer(name, note, file.readline(_LONGEST))
    except OSError as problem:
        raise NotYet(
            f"desk left a connection in the middle: {problem}.",
            hint="Somebody else was connected, too, and silent. Is a connection kept for more "
            "than one line?",
        ) from problem


def _require_answer(name: str, note: str, heard: bytes) -> None:
    if heard != f"{note}\n".encode():
        raise NotYet(
            f"The line {name!r} came in two parts; it should be answered {note!r}.",
            detail=repr(heard[:200]),
            hint="What is left of a line when a part ends in its middle?",
        )
