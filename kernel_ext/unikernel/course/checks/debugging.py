"""Lab 10: a crash, an overrun, a secret, a slow page and a slow program."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import TYPE_CHECKING
from urllib.request import urlopen

from unikernel import debugging
from unikernel.course.exercises import exercise
from unikernel.course.trials import folder, hear, require_success
from unikernel.errors import NotYet
from unikernel.model.state import State

if TYPE_CHECKING:
    from pathlib import Path

    from unikernel.course.work import Work
    from unikernel.machines import Machine
    from unikernel_toolchain.model.image import Image

_STOPS = {"Station": 0, "Museum": 5, "Market": 8, "Harbour": 15}  # minutes from the first one
_FACTOR, _INCREMENT = 6364136223846793005, 1442695040888963407  # vault's numbers
_START_S = 20.0
_TIMES_FASTER = 4
_MOST_LATE_MS = 5000  # an answer on a busy computer
_WORDS = """\
let words count modulus = List.init count (fun i -> string_of_int (i * i mod modulus))

let different words =
  let add seen word =
    let n = try List.assoc word seen with Not_found -> 0 in
    (word, n + 1) :: List.remove_assoc word seen
  in
  List.length (List.fold_left add [] words)

let start () =
  let count = int_of_string Sys.argv.(1) and modulus = int_of_string Sys.argv.(2) in
  Printf.printf "%d different words\\n%!" (different (words count modulus))
"""


@exercise("debugging", 1, "Post mortem")
def _(work: Work) -> None:
    image = work.image("mended")
    unknown = f"Stop{random.randrange(1000)}"
    for begin, end in [*product(_STOPS, _STOPS), (unknown, "Museum"), ("Museum", unknown)]:
        run = work.run(image, arguments=[begin, end])
        minutes = _STOPS.get(end, -1) - _STOPS.get(begin, 100)
        work.expect_lines(run, [f"{minutes} minutes" if minutes >= 0 else "no tram"], [begin, end])
        status = 0 if minutes >= 0 else 1
        if run.exit.status != status:
            raise NotYet(
                f"From {begin} to {end} the status should be {status}; it {run.exit}.",
            )


@exercise("debugging", 2, "Who wrote there?")
def _(work: Work) -> None:
    image = work.image("joined")
    for count in (0, 1, 3, 7, *(random.randrange(10, 40) for _ in range(3))):
        words = ["x" * random.randrange(1, 12) for _ in range(count)]
        run = work.run(image, arguments=words)
        require_success(
            image, run, f"It was booted with {count} words. How many bytes do the commas take?"
        )
        work.expect_lines(run, [", ".join(words), "done"], words)


@exercise("debugging", 3, "Out of a running machine")
def _(work: Work) -> None:
    image = work.image("vault")
    for count in (0, random.randrange(2, 30)):
        seed = random.randrange(1 << 40)
        with work.booted(image, arguments=[str(count), str(seed)]) as machine:
            hear(machine, "locked", "vault should say that it is locked.")
            try:
                found = work.call("coins", machine)
                state = machine.state
            finally:
                _let_go(machine)
        if found != _coins(count, seed):
            raise NotYet(
                f"The coins in a vault of {count} are others.",
                detail=f"coins returned {found!r}"[:300],
                hint="An empty vault is an empty list. The newest coin is the first.",
            )
        if state is not State.RUNNING:
            raise NotYet(
                "The machine is still held when coins has returned.",
                hint="gdb lets go of it when the with block ends, or by close().",
            )


def _let_go(machine: Machine) -> None:
    """End the gdb that a student's function left there: what is traced is not over when killed."""
    if machine.debugger_pid is not None:
        debugging.gdb(machine).close()


def _coins(count: int, number: int) -> list[int]:
    """Return the numbers that vault makes, the newest first."""
    found: list[int] = []
    for _ in range(count):
        number = (number * _FACTOR + _INCREMENT) % (1 << 64)
        found.insert(0, number >> 33)
    return found


@exercise("debugging", 4, "Who keeps whom waiting?")
def _(work: Work) -> None:
    image = work.image("pages")
    pages = random.sample([f"/page{number}" for number in range(100)], 5)
    slow, delay_ms = random.choice(pages), random.randrange(300, 500)
    with folder() as place:
        capture = place / "visits.pcap"
        _visit(work, image, capture, pages, [f"{slow}={delay_ms}"])
        answer = work.call("slowest", str(capture))
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise NotYet(
            f"slowest should return a path and milliseconds; it returned {answer!r}."[:300]
        )
    path, milliseconds = answer
    if path != slow:
        raise NotYet(
            f"The slow page was {slow}; slowest says {path!r}."[:300],
            hint="Compare the port of an answer's destination with that of the request's source.",
        )
    if (
        not isinstance(milliseconds, int | float)
        or not 0 <= milliseconds - 0.9 * delay_ms < _MOST_LATE_MS
    ):
        raise NotYet(
            f"{slow} took {delay_ms} ms and a little more; slowest says {milliseconds!r}."[:300],
            hint="time_s is in seconds.",
        )


def _visit(work: Work, image: Image, capture: Path, pages: list[str], delays: list[str]) -> None:
    """Have several visitors ask for pages at the same time, and record all frames."""
    captures = {"service": str(capture)}
    with work.booted(image, ports={0: 80}, captures=captures, arguments=delays) as machine:
        hear(machine, "open", "pages should say that it is open.")
        address = f"http://127.0.0.1:{machine.ports[0].host_port}"
        with ThreadPoolExecutor(len(pages)) as visitors:
            list(visitors.map(lambda page: _fetch(address + page), pages))


def _fetch(address: str) -> bytes:
    with urlopen(address, timeout=_START_S) as answer:  # noqa: S310 (the guest's own port)
        return bytes(answer.read())


@exercise("debugging", 5, "Where does the time go?")
def _(work: Work) -> None:
    image = work.image("quick")
    count = 6000 if image.target == "unix" else 3000
    modulus = random.randrange(count, 2 * count)  # squares then come twice and more
    words = [str(count), str(modulus)]
    expected = [f"{len({i * i % modulus for i in range(count)})} different words"]
    before_s = _seconds(work, work.build(_WORDS, image.target), words, expected)
    now_s = min(_seconds(work, image, words, expected) for _ in range(2))
    if now_s * _TIMES_FASTER > before_s:
        raise NotYet(
            f"{count} words took {before_s * 1000:.0f} ms before, and {now_s * 1000:.0f} ms now; "
            f"it should be {_TIMES_FASTER} times as fast.",
            hint="How often is the whole list walked through?",
        )


def _seconds(work: Work, image: Image, words: list[str], expected: list[str]) -> float:
    """Return how long a guest takes from its boot to its end, having said what it should."""
    began_s = time.monotonic()
    run = work.run(image, arguments=words)
    took_s = time.monotonic() - began_s
    work.expect_lines(run, expected, words)
    return took_s
