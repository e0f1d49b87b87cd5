"""Sliders that choose how a measurement is taken, and a button that takes it.

Nothing is measured while a slider moves: a run takes seconds, and only the button begins one. The
plot is an output of its own beneath, which a saved notebook keeps as a picture.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, fields
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import ipywidgets

from unikernel import images, measure
from unikernel.errors import UsageError, did_you_mean
from unikernel.host import event_loop
from unikernel.model.spec import Spec
from unikernel.model.targets import DEFAULT_MACHINE_TYPE, VIRTIO
from unikernel.model.targets import TARGETS as RUN_ON
from unikernel.plots.live import SPECIFICATIONS
from unikernel.render.results import Note
from unikernel_toolchain import TARGETS
from unikernel_toolchain.messages.visible import visible_lines

from .experiment import Experiment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from unikernel_toolchain.model.image import Image


@dataclass(frozen=True)
class Choice:
    """A slider: the argument it is for, how it is called, its values and the first of them."""

    argument: str
    label: str
    values: tuple[int, ...]
    first: int


MEMORY = Choice("memory_mib", "memory, MiB", (8, 16, 32, 64, 128, 256, 512, 1024), 64)
REPEAT = Choice("repeat", "repeats", (1, 2, 3, 5, 10, 20), 3)
SECONDS = Choice("seconds", "seconds", (1, 2, 3, 5, 10, 20), 2)
CHOICES: Mapping[str, tuple[Choice, ...]] = {
    "boot": (MEMORY, Choice("repeat", "repeats", (1, 2, 3, 5, 10, 20), 5)),
    "throughput": (
        *(MEMORY, REPEAT, SECONDS, Choice("streams", "streams", (1, 2, 4, 8), 1)),
        Choice("window_kib", "window, KiB", (16, 32, 64, 128, 256, 512, 1024, 2048), 512),
    ),
    "http": (
        *(MEMORY, REPEAT, SECONDS),
        Choice("connections", "connections", (1, 2, 4, 8, 16, 32, 64, 128), 32),
    ),
    "latency": (
        *(MEMORY, REPEAT, Choice("count", "pings", (20, 50, 100, 200, 500, 1000), 100)),
        Choice("size", "bytes of a ping", (56, 128, 256, 512, 1024, 1472), 56),
    ),
    "block": (MEMORY, REPEAT, SECONDS),
}


class Handles(anywidget.AnyWidget):
    """Gives the sliders of its box names that screen readers say; shows nothing."""

    _esm = Path(__file__).with_name("handles.js")


class Sliders:
    """Controls of a measurement; shown in a notebook, with the plot beneath."""

    def __init__(
        self, what: str, image: Image, given: Mapping[str, Any], output: Callable[[], Any]
    ) -> None:
        """`given` are a measurement's arguments: where its sliders begin, or fixed ones."""
        _check(what, given)
        self._what, self._image, self._new_output = what, image, output
        moved = {choice.argument: choice for choice in CHOICES[what]}
        self._fixed = {name: value for name, value in given.items() if name not in moved}
        self._sliders = {
            name: _slider(choice, given.get(name, choice.first)) for name, choice in moved.items()
        }
        self._machine = _machine_types(self._fixed.pop("machine", None))
        programs = TARGETS if images.request_of(image) else (image.target,)
        self._target = _dropdown("target", programs, image.target)
        self._target.observe(self._enable, names="value")
        self._enable()
        self._status = ipywidgets.HTML(_shown("Choose, then press Measure."))
        self._output: Any = None
        self._experiment = Experiment(what, image, self._show, self._tell)
        self._measure = _button("Measure", "primary", self._begin)
        self._stop = _button("Stop", "warning", self._experiment.stop)
        self._stop.disabled = True
        forget = _button("Forget earlier ones", "", self._experiment.forget)
        self.box = ipywidgets.VBox(
            [
                ipywidgets.HTML(f"<b>{escape(visible_lines(image.name))}</b>: {what}"),
                *self._sliders.values(),
                self._target,
                self._machine,
                ipywidgets.HBox([self._measure, self._stop, forget]),
                self._status,
                Handles(),
            ]
        )

    def __repr__(self) -> str:
        return f"Sliders: {self._what} of {visible_lines(self._image.name)} (in a live notebook)"

    def _ipython_display_(self) -> None:
        self._new_output().display(self.box)
        self._output = self._new_output()
        self._output.display(Note("The plot comes here."))

    def _begin(self) -> None:
        moved = {name: slider.value for name, slider in self._sliders.items()}
        if not self._machine.disabled:
            moved["machine"] = self._machine.value
        self._experiment.begin({**self._fixed, **moved}, self._target.value)

    def _enable(self, _: object = None) -> None:
        """Let a machine type be chosen where the target has some."""
        types = RUN_ON[self._target.value].machine_types
        self._machine.disabled = self._machine.value not in types

    def _show(self, plot: object) -> None:
        if self._output is not None:
            self._output.update(plot)

    def _tell(self, text: str, busy: bool) -> None:
        self._status.value = _shown(text)
        self._measure.disabled = busy
        self._stop.disabled = not busy


def _check(what: str, given: Mapping[str, Any]) -> None:
    """Raise UsageError for what has no sliders, and for arguments that there are not."""
    if what not in SPECIFICATIONS:
        raise UsageError(f"There are no sliders for {what!r}.", hint=did_you_mean(what, CHOICES))
    known = {*inspect.signature(getattr(measure, what)).parameters}
    known |= {field.name for field in fields(Spec)}
    for name in given:
        if name not in known - {"image", "progress", "watch", "choices"}:
            raise UsageError(
                f"Measuring {what} has no argument {name!r}.", hint=did_you_mean(name, known)
            )


def _slider(choice: Choice, value: Any) -> ipywidgets.SelectionSlider:
    options = sorted({*choice.values, value})
    return ipywidgets.SelectionSlider(
        options=options,
        value=value,
        description=choice.label,
        continuous_update=False,
        style={"description_width": "9em"},
        layout={"width": "30em"},
    )


def _machine_types(given: str | None) -> ipywidgets.Dropdown:
    return _dropdown("machine type", VIRTIO.machine_types, given or DEFAULT_MACHINE_TYPE)


def _dropdown(label: str, options: Sequence[str], value: str) -> ipywidgets.Dropdown:
    style = {"description_width": "9em"}
    return ipywidgets.Dropdown(options=options, value=value, description=label, style=style)


def _button(label: str, style: str, do: Callable[[], None]) -> ipywidgets.Button:
    async def act() -> None:
        do()

    button = ipywidgets.Button(description=label, button_style=style)
    button.on_click(lambda _: event_loop.post(act()))
    return button


def _shown(text: str) -> str:
    return f'<div role="status">{escape(visible_lines(text))}</div>'
