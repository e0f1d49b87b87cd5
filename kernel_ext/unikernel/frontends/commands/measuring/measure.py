"""The commands `measure` and `plot`: a measurement is taken, watched, drawn."""

from __future__ import annotations

import itertools
import json
from argparse import Namespace
from typing import TYPE_CHECKING

from unikernel import images
from unikernel.errors import UsageError
from unikernel.frontends.commands import candidates
from unikernel.frontends.commands.machines import spec
from unikernel.model.measurement import Measurement, Measurements
from unikernel.render.results import Note

from . import choices
from .choices import MEASURES

SWEEP = "sweep"  # which is measured by a command of its own, and plotted from its file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from unikernel.frontends.commands.arguments import Parser
    from unikernel.frontends.commands.call import Call
    from unikernel.plots import Interactive, LivePlot
    from unikernel_toolchain.model.image import Image


def add_measure(parser: Parser) -> None:
    """Describe `measure`."""
    parser.add_argument("what", choices=MEASURES, metavar="WHAT", help=", ".join(MEASURES))
    parser.add_argument("image", metavar="NAME", help="image")
    choices.add(parser)
    parser.add_argument(
        "--sliders", action="store_true", help="show sliders for its choices, and a button"
    )
    spec.add(parser, compared=True)


def add_plot(parser: Parser) -> None:
    """Describe `plot`."""
    known = (*MEASURES, SWEEP)
    parser.add_argument("what", choices=known, metavar="WHAT", help=", ".join(known))
    parser.add_argument(
        "image", metavar="NAME", nargs="?", help="image (default: the last); of a sweep its file"
    )
    choices.add(parser)
    parser.add_argument(
        *("-o", "--save"), metavar="FILE", help="write it to FILE: .png, .svg, .csv or .parquet"
    )
    spec.add(parser, compared=True)


def operands(given: list[str]) -> tuple[str, Iterable[str]]:
    """Return what may be typed next: what is measured, then an image."""
    return ("choice", MEASURES) if not given else ("image", candidates.image_names())


def measure(call: Call) -> object:
    """Measure boot time, image size, or how an image does on a network; or show sliders for it.

    Raises UsageError, MeasurementFailed, and what booting raises.
    """
    from unikernel import plots

    options = call.options
    image = images.image(options.image)
    if options.sliders:
        return _sliders(call, image)
    rows, live = _measure(call, image)
    if live:
        live.finish(plots.PLOTS[options.what](rows))
    return rows


def _sliders(call: Call, image: Image) -> object:
    if call.views.sliders is None:
        raise UsageError("Sliders are for a notebook.", hint="Leave --sliders out.")
    settings = list(_settings(call.options))
    if len(settings) > 1:
        hint = "Press Measure once for each of them: the last runs stand beside each other."
        raise UsageError("Sliders begin at one value, and several are given.", hint=hint)
    given = {**choices.stated(call.options), **spec.stated(settings[0])}
    return call.views.sliders(call.options.what, image, given)


def _settings(options: Namespace) -> Iterator[Namespace]:
    """Yield the options with one value of each flag that compares, for every combination."""
    given = {}
    for name in spec.COMPARED:
        value = getattr(options, name)  # None, or a default of the notebook's, if no flag was given
        given[name] = value if isinstance(value, list) else [value]
    for values in itertools.product(*given.values()):
        yield Namespace(**{**vars(options), **dict(zip(given, values, strict=True))})


def _measure(call: Call, image: Image) -> tuple[Measurements, LivePlot | None]:
    """Take a measurement of each setting, and show how it goes where something can be redrawn."""
    from unikernel import measure as measures
    from unikernel.plots import LivePlot

    what = call.options.what
    if what == "size":
        rows = _measured[_question(image, call.options)] = measures.size(image)
        return rows, None
    live = LivePlot(what, call.views.live()) if call.views.live else None
    rows = Measurements()
    for options in _settings(call.options):
        given = {**choices.stated(options), **spec.stated(options)}
        if live:
            given["watch"] = _watch(live, rows)
        rows += getattr(measures, what)(image, progress=call.progress, **given)
    _measured[_question(image, call.options)] = rows
    return rows, live


def _watch(live: LivePlot, before: Measurements) -> Callable[[Sequence[Measurement]], None]:
    """Return what shows the rows of a setting behind those of the settings before."""
    return lambda rows: live.watch([*before, *rows])


_measured: dict[str, Measurements] = {}  # by what was asked, so that a plot shows the same rows


def _question(image: Image, options: Namespace) -> str:
    asked = [{**choices.stated(one), **spec.stated(one)} for one in _settings(options)]
    return json.dumps([image.name, image.digest, options.what, asked])


def plot(call: Call) -> Interactive | Note:
    """Plot a measurement: the rows last measured with the same flags, or new ones.

    Raises UsageError when the file cannot be written, and what `measure` raises.
    """
    from unikernel import plots
    from unikernel.plots import export

    options = call.options
    if options.save:
        export.check(options.save)
    if options.what == SWEEP:
        return _shown(_of_sweep(options), options.save)
    image = image_of(options)
    options.image = image.name
    question = _question(image, options)
    rows, live = _measured.get(question), None
    if rows is None:
        rows, live = _measure(call, image)
    plotted = plots.PLOTS[options.what](rows)
    if live:
        live.finish(Note(f"{image.name} is measured."))
    return _shown(plotted, options.save)


def _shown(plotted: Interactive, file: str | None) -> Interactive | Note:
    if not file:
        return plotted
    plotted.save(file)
    return Note(f"Wrote {file}")


def _of_sweep(options: Namespace) -> Interactive:
    from unikernel import plots
    from unikernel.exploration.kept import swept

    if not options.image:
        raise UsageError(
            "Which sweep? Name the file that it was kept in.", hint="plot sweep FILE, as its -o."
        )
    return plots.sweep(swept(options.image))


def image_of(options: Namespace) -> Image:
    """Return the image that a command is about: the one named, else the last one built.

    Raises NoSuchImage, and UsageError when there is none.
    """
    if options.image:
        return images.image(options.image)
    built = images.images()
    if not built:
        raise UsageError("Which image? None was built here yet.", hint="Name one: plot boot NAME.")
    return built[-1]
