"""Lab 9: a measurement, a sweep, noise, and a search."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from unikernel.course.exercises import exercise
from unikernel.course.trials import SECTOR_BYTES, disk
from unikernel.errors import NotYet
from unikernel.model.exploration.found import Found
from unikernel.model.exploration.tuned import Tuned
from unikernel.model.measurement import Measurements

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unikernel.course.work import Work
    from unikernel.model.exploration.points import Point

_FEWEST_VALUES, _FEWEST_SAMPLES = 5, 3
_FEWEST_SETTINGS, _MOST_MEASUREMENTS = 60, 40
_SMALL_WORDS, _LARGE_WORDS = 4 << 10, 256 << 10  # of a minor heap; OCaml has no smaller one
_FEWER = 0.8  # promoted with a heap that is worth its name, of those with the smallest
_NEAR = 0.05  # of a number that is the same at every run
_UNITS = {"": 1, "k": 1 << 10, "M": 1 << 20}
_BESIDE_ONE_ANOTHER = 11  # samples of a series
_PROGRAM = r"""module Words = Map.Make (String)

(* A window over a stream of words: each is counted when it comes, and forgotten later. *)
let count () =
  let window = Queue.create () and counts = ref Words.empty in
  for i = 1 to 6000 do
    let word = string_of_int (i * 7919 mod 10_007) in
    Queue.add word window;
    let seen = try Words.find word !counts with Not_found -> 0 in
    counts := Words.add word (seen + 1) !counts;
    if Queue.length window > 3000 then counts := Words.remove (Queue.pop window) !counts
  done;
  Words.cardinal !counts

let start () =
  let before = Mclock.elapsed_ns () in
  let words = count () in
  let took = Int64.sub (Mclock.elapsed_ns ()) before in
  Printf.printf "%d words in %Ld us, %.0f promoted\n" words (Int64.div took 1000L)
    (Gc.quick_stat ()).promoted_words
"""
# It says at each boot what comes next on its command line: the disk knows how many there were.
_SPEAKER = """\
open Lwt.Infix

let ok = function Ok () -> () | Error _ -> exit 1

let start () =
  Block.connect "storage" >>= fun disk ->
  let sector = Cstruct.create 512 in
  Block.read disk 0L [ sector ] >|= ok >>= fun () ->
  let boots = Cstruct.get_uint8 sector 0 + 1 in
  Cstruct.set_uint8 sector 0 boots;
  Block.write disk 0L [ sector ] >|= ok >|= fun () ->
  Printf.printf "7 words in %s us, %s promoted\\n" Sys.argv.(boots) Sys.argv.(boots + 3)
"""


@exercise("tuning", 1, "A measurement of your own")
def _(work: Work) -> None:
    packages = ["mirage-block-unikernel"]
    image = work.build(_SPEAKER, "unix", packages=packages, blocks=["storage"])
    times_us = random.sample(range(2000, 90_000), 3)
    promoted = random.sample(range(10**6), 3)
    with disk(SECTOR_BYTES) as path:
        words = [str(number) for number in times_us + promoted]
        rows = work.call("churn", image, arguments=words, blocks={"storage": path})
        boots = path.read_bytes()[0]
    if boots != len(times_us):
        raise NotYet(f"churn booted its image {boots} times instead of three times.")
    _require_rows(
        rows, {"churn": (min(times_us) / 1000, "ms"), "promoted": (promoted[-1], "words")}
    )


def _require_rows(rows: object, expected: dict[str, tuple[float, str]]) -> None:
    if not isinstance(rows, Measurements):
        raise NotYet("churn should return uk.Measurements([…]).")
    found = {row.metric: (row.value, row.unit) for row in rows}
    if set(found) != set(expected):
        raise NotYet(f"churn should return the rows {sorted(expected)}, not {sorted(found)}.")
    for metric, (value, unit) in expected.items():
        if found[metric][1] != unit or abs(found[metric][0] - value) > value / 10**6:
            was, of = found[metric]
            raise NotYet(
                f"{metric} should have been {value:g} {unit}; it was {was:g} {of}.",
                hint="The guest says microseconds. The least time counts, the last promotion.",
            )


@exercise("tuning", 2, "A sweep")
def _(work: Work) -> None:
    swept = work.value("swept", object)
    if not isinstance(swept, Found):
        raise NotYet("swept should be what uk.sweep has returned.")
    sizes = _sizes(swept.axes.get("minor", ()))
    if len(sizes) < _FEWEST_VALUES or min(sizes) > _SMALL_WORDS or max(sizes) < _LARGE_WORDS:
        raise NotYet("The axis minor should have five values, from 4k or less to 256k or more.")
    for point in swept.points:
        if point.failure:
            raise NotYet(f"At {dict(point.settings)} nothing was measured: {point.failure}")
        if len(point.samples("churn")) < _FEWEST_SAMPLES:
            raise NotYet("Each point should be measured three times or more.", hint="repeat=3")
    promoted = {
        size: point.median("promoted")
        for point in swept.points
        for size in _sizes([point.settings["minor"]])
    }
    if promoted[max(promoted)] > _FEWER * promoted[min(promoted)]:
        raise NotYet(
            "With the largest minor heap as much is promoted as with the smallest.",
            hint="Does the value of the axis reach OCAMLRUNPARAM, behind s= ?",
        )
    _require_measured(swept.points[-1], _promoted(work, f"s={swept.points[-1].settings['minor']}"))


def _sizes(values: Iterable[object]) -> list[int]:
    """Return sizes in words. Raises NotYet for what OCaml does not read as one."""
    found = []
    for value in values:
        size = re.fullmatch(r"(\d{1,9})([kM]?)", str(value))
        if not size:
            raise NotYet(f"A size of a heap is written 64k or 65536, not {value!r}."[:200])
        found.append(int(size[1]) * _UNITS[size[2]])
    return found


@exercise("tuning", 3, "Is it more than noise?")
def _(work: Work) -> None:
    for _round in range(3):
        scale = random.uniform(1, 1000)
        even = [scale * (100 + 2 * step) for step in range(_BESIDE_ONE_ANOTHER)]
        odd = [scale * (101 + 2 * step) for step in range(_BESIDE_ONE_ANOTHER)]
        random.shuffle(even)
        random.shuffle(odd)
        wild = [*odd[1:], scale * 3000]
        slower = [value * 1.2 for value in _series(scale)]
        for before, after, what in (
            (even, odd, "Samples that lie between one another"),
            (even, wild, "The same with one wild sample"),
            (even, list(even), "The same samples"),
        ):
            if work.call("differs", before, after):
                raise NotYet(f"{what} were taken for different.", detail=_shown(before, after))
        for before, after in (
            (slower, _series(scale)),
            ([*_series(scale)[1:], scale * 3000], slower),
        ):
            if not work.call("differs", before, after):
                raise NotYet(
                    "A fifth of difference was not seen, with samples that scatter by 3 %.",
                    detail=_shown(before, after),
                    hint="Is it seen when it became faster? When one sample is far away?",
                )


def _series(scale: float) -> list[float]:
    return [random.gauss(100, 3) * scale for _ in range(_BESIDE_ONE_ANOTHER)]


def _shown(before: list[float], after: list[float]) -> str:
    return "\n".join(
        f"{name} {' '.join(f'{value:.4g}' for value in sorted(values))}"
        for name, values in (("before", before), ("after ", after))
    )


@exercise("tuning", 4, "Let it be found")
def _(work: Work) -> None:
    tuned = work.value("tuned", object)
    if not isinstance(tuned, Tuned):
        raise NotYet("tuned should be what uk.tune has returned.")
    if set(tuned.axes) != {"minor", "overhead"} or tuned.settings < _FEWEST_SETTINGS:
        raise NotYet(
            f"minor and overhead should have {_FEWEST_SETTINGS} combinations or more; the axes "
            f"{', '.join(tuned.axes)} have {tuned.settings}."
        )
    if len(tuned.trials) > _MOST_MEASUREMENTS:
        raise NotYet(f"{len(tuned.trials)} measurements were taken: forty have to do.")
    if tuned.metric != "churn" or tuned.goal != "min":
        raise NotYet("What should be least is churn.", hint="metric= and goal=")
    best = tuned.best().settings
    (minor,), overhead = _sizes([best["minor"]]), best["overhead"]
    now, before = (_promoted(work, f"s={size},o={overhead}") for size in (minor, _SMALL_WORDS))
    if now > _FEWER * before:
        raise NotYet(
            f"With {dict(best)} the program promotes {now:,} words, with the smallest minor heap "
            f"{before:,}: there are better settings.",
            hint="Do the axes go from small to large, and do both values reach OCAMLRUNPARAM?",
        )
    _require_measured(tuned.best(), now)


def _require_measured(point: Point, promoted: int) -> None:
    """Raise NotYet for a point of which another program was measured, or none."""
    said = point.samples("promoted")
    if not said or abs(point.median("promoted") - promoted) > _NEAR * promoted:
        shown = f"{point.median('promoted'):,.0f}" if said else "no number of"
        raise NotYet(
            f"At {dict(point.settings)} {shown} words are said to have been promoted; the lab's "
            f"program promotes {promoted:,} there.",
            hint="Is it the lab's program, measured with your churn?",
        )


def _promoted(work: Work, parameters: str) -> int:
    """Return how many words the lab's program promotes: a number without noise."""
    image = work.build(_PROGRAM, "unix", packages=["mirage-clock-freestanding"])
    run = work.run(image, environment={"OCAMLRUNPARAM": parameters}, memory_mib=128)
    found = re.search(r"(\d+) promoted", run.text)
    if not found:
        raise NotYet(f"The program does not run with {parameters!r}."[:200], detail=run.text[-300:])
    return int(found[1])
