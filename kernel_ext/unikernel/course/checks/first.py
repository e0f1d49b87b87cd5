"""Lab 1, first unikernels: arguments, statuses, exceptions, the console, sizes."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from unikernel.course.exercises import exercise
from unikernel.errors import ConsoleTimeout, NotYet

if TYPE_CHECKING:
    from unikernel.course.work import Run, Work
    from unikernel.machines import Machine
    from unikernel_toolchain.model.image import Image

NAMES = ("Ada", "Barbara", "Edsger", "Frances", "Grace", "Ken", "Leslie", "Per", "Radia", "Tony")
COUNTRIES = {"France": "Paris", "Ghana": "Accra", "Peru": "Lima"}
WORDS = ("bureau", "crypt", "desserts", "kernel", "parts", "queue", "rhythm", "stressed")
ANSWER_S = 5.0
CENSUS = """\
let is_vowel letter = String.contains "aeiou" letter
let count word = String.fold_left (fun n letter -> if is_vowel letter then n + 1 else n) 0 word
let start () =
  let words = List.tl (Array.to_list Sys.argv) in
  List.iter (fun word -> Printf.printf "%s: %d\\n" word (count word)) words;
  Printf.printf "together: %d\\n" (count (String.concat "" words))
"""


@exercise("first", 1, "Greet")
def _(work: Work) -> None:
    image = work.image("greet")
    for count in (1, 0, 3):
        names = random.sample(NAMES, count)
        expected = f"Hello, {' and '.join(names) or 'nobody'}!"
        work.expect_lines(work.run(image, arguments=names), [expected], names)


@exercise("first", 2, "Say how it went")
def _(work: Work) -> None:
    _check_tally(work, work.image("tally"))


@exercise("first", 3, "When it dies")
def _(work: Work) -> None:
    image = work.image("capital")
    country, capital = random.choice(list(COUNTRIES.items()))
    unknown = f"Nowhere{random.randrange(1000)}"
    for words, line, status in (
        ([country], capital, 0),
        ([unknown], f"unknown: {unknown}", 1),
        ([], "usage: capital COUNTRY", 2),
    ):
        run = work.run(image, arguments=words)
        if "exception" in run.text:
            raise NotYet(
                f"Booted {_with(words)}, capital died of an exception.",
                detail=run.text,
                hint="The message names the function that raised. What else could it answer?",
            )
        work.expect_lines(run, [line], words)
        _expect_status(run, status, words)


@exercise("first", 4, "A conversation")
def _(work: Work) -> None:
    image = work.image("mirror")
    with work.booted(image) as machine:
        _hear(machine, "ready", "It should say ready, once it is.")
        for word in random.sample(WORDS, 3):
            line = f"{word} {random.randrange(1000)}"
            _type(machine, line)
            _hear(machine, line[::-1], f"To {line!r} it should answer {line[::-1]!r} at once.")
        _type(machine, "bye")
        ended = work.ended(machine)
    if not ended.exit.ok:
        raise NotYet(f"After bye it should end with status 0; its end: {ended.exit}.")
    if len(ended.lines) > 4:
        raise NotYet("bye is the end, and has no answer.", detail=ended.text)


@exercise("first", 5, "Half the weight")
def _(work: Work) -> None:
    image = work.image("census")
    words = [random.choice(WORDS), "".join(random.sample("aeioubcdf", 9))]
    counts = [sum(letter in "aeiou" for letter in word) for word in words]
    lines = [f"{word}: {count}" for word, count in zip(words, counts, strict=True)]
    work.expect_lines(work.run(image, arguments=words), [*lines, f"together: {sum(counts)}"], words)
    before = work.build(CENSUS, image.target).size_bytes
    limit = before * 2 // 3
    if image.size_bytes > limit:
        raise NotYet(
            f"census has {image.size_bytes:,} bytes; {limit:,} are two thirds of its {before:,}.",
            hint="%unikernel measure size census, and ask %unikernel why of what is heavy.",
        )


@exercise("first", 6, "Without OCaml")
def _(work: Work) -> None:
    image, heavy = work.image("ctally"), work.image("tally")
    _check_tally(work, image)
    if image.size_bytes * 5 > heavy.size_bytes:
        raise NotYet(
            f"ctally has {image.size_bytes:,} bytes, more than a fifth of tally's "
            f"{heavy.size_bytes:,}.",
            hint="What is in it? %unikernel measure size ctally. Is it in C?",
        )


def _check_tally(work: Work, image: Image) -> None:
    odd, even = 2 * random.randrange(50) + 1, 2 * random.randrange(50)
    for numbers in ([odd, even], [-odd, even], [odd, even, -3], [-odd - 100], []):
        words = [str(number) for number in numbers]
        run = work.run(image, arguments=words)
        work.expect_lines(run, [str(sum(numbers))], words)
        _expect_status(run, 3 if sum(numbers) % 2 else 0, words)


def _expect_status(run: Run, status: int, words: list[str]) -> None:
    if run.exit.status != status:
        raise NotYet(
            f"Booted {_with(words)}, its status should be {status}; its end: {run.exit}.",
            detail=run.text,
        )


def _with(words: list[str]) -> str:
    return f"with {' '.join(words)}" if words else "without a word"


def _type(machine: Machine, line: str) -> None:
    if machine.exit:
        raise NotYet(f"It ended while it was talked to: {machine.exit}.")
    machine.console.write(f"{line}\n")


def _hear(machine: Machine, line: str, what: str) -> None:
    try:
        heard = machine.console.expect(r"([^\n]*)\n", timeout_s=ANSWER_S)[1].rstrip("\r")
    except ConsoleTimeout as silent:
        raise NotYet(
            what,
            detail=silent.detail,
            hint=f"It has ended: {machine.exit}."
            if machine.exit
            else "It said nothing. Did what it prints leave the program, or does it wait there?",
        ) from None
    if heard != line:
        raise NotYet(what, detail=f"it said: {heard}")
