"""The commands `measure` and `plot`: a measurement is taken, watched, drawn."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from unikernel import images
from unikernel.errors import UsageError
from unikernel.frontends.commands import candidates
from unikernel.frontends.commands.machines import spec
from unikernel.render.results import Note

from . import choices
from .choices import MEASURES

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable

    from unikernel.frontends.commands.arguments import Parser
    from unikernel.frontends.commands.call import Call
    from unikernel.model.measurement import Measurements
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
    spec.add(parser)


def add_plot(parser: Parser) -> None:
    """Describe `plot`."""
    parser.add_argument("what", choices=MEASURES, metavar="WHAT", help=", ".join(MEASURES))
    parser.add_argument("image", metavar="NAME", nargs="?", help="image (default: the last)")
    choices.add(parser)
    parser.add_argument(
        *("-o", "--save"), metavar="FILE", help="write it to FILE: .png, .svg, .csv or .parquet"
    )
    spec.add(parser)


def operands(given: list[str]) -> tuple[str, Iterable[str]]:
    """Return what may be typed next: what is measured, then an image."""
    return ("choice", MEASURES) if not given else ("image", candidates.image_names())


def measure(call: Call) -> object:
    """Measure boot time, image size, or how an image does on a network; or show sliders for it.

    Raises UsageError, MeasurementFailed, and what booting raises.
    """
    from unikernel import plots

    options = call.options
    if options.sliders:
        if call.views.sliders is None:
            raise UsageError("Sliders are for a notebook.", hint="Leave --sliders out.")
        given = {**choices.stated(options), **spec.stated(options)}
        return call.views.sliders(options.what, images.image(options.image), given)
    rows, live = _measure(call, images.image(options.image))
    if live:
        live.finish(plots.PLOTS[options.what](rows))
    return rows


def _measure(call: Call, image: Image) -> tuple[Measurements, LivePlot | None]:
    """Take a measurement, and show how it goes where something can be redrawn."""
    from unikernel import measure as measures

    options = call.options
    given = choices.stated(options)
    live = None
    if options.what == "size":
        rows = measures.size(image)
    else:
        if call.views.live:
            from unikernel.plots import LivePlot

            live = LivePlot(options.what, call.views.live())
            given["watch"] = live.watch
        take = getattr(measures, options.what)
        rows = take(image, progress=call.progress, **given, **spec.stated(options))
    _measured[_question(image, options)] = rows
    return rows, live


_measured: dict[str, Measurements] = {}  # by what was asked, so that a plot shows the same rows


def _question(image: Image, options: Namespace) -> str:
    asked = {"what": options.what, **choices.stated(options), **spec.stated(options)}
    return json.dumps([image.name, image.digest, asked])


def plot(call: Call) -> Interactive | Note:
    """Plot a measurement: the rows last measured with the same flags, or new ones.

    Raises UsageError when the file cannot be written, and what `measure` raises.
    """
    from unikernel import plots

    options = call.options
    image = image_of(options)
    options.image = image.name
    question = _question(image, options)
    rows, live = _measured.get(question), None
    if rows is None:
        rows, live = _measure(call, image)
    plotted = plots.PLOTS[options.what](rows)
    if live:
        live.finish(Note(f"{image.name} is measured."))
    if not options.save:
        return plotted
    plotted.save(options.save)
    return Note(f"Wrote {options.save}")


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
