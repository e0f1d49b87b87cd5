"""How images, machines and measurements look, as text and as HTML.

`prompt` is how the reader types commands: `%unikernel` in a notebook, `unikernel` in a terminal.
"""

from __future__ import annotations

import shlex
import statistics
import textwrap
import time
from html import escape
from typing import TYPE_CHECKING

from unikernel.model import advised, targets
from unikernel.model.dimensions import summary
from unikernel.model.state import Cause, State
from unikernel_toolchain.messages.visible import visible_lines

from . import disk_facts, network_facts
from .results import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unikernel.machines import Machine
    from unikernel.model.measurement import Measurements
    from unikernel_toolchain.model.image import Image

NOTEBOOK = "%unikernel"
TERMINAL = "unikernel"
SHOWN_METRICS = 25
SHOWN_CHARACTERS = 40
COMPARED = ("system", "target")  # dimensions that tell apart what a table shows side by side
WARNING_LINES = 100  # of the compilers
LISTED = 6  # packages by name; of more, only how many
# JupyterLab's own colours, which suit its light and dark themes; elsewhere ones that suit both.
DIM = "var(--jp-ui-font-color2, #808080)"
OK = "var(--jp-success-color0, #00805a)"
WARN = "var(--jp-warn-color0, #a06000)"
FAILED = "var(--jp-error-color1, #c0392b)"
COLOURS = {
    State.STARTING: DIM,
    State.RUNNING: "var(--jp-info-color0, #0072b2)",
    State.PAUSED: WARN,
    State.PANICKED: FAILED,
}
NO_MEMORY = ("out of memory", "out_of_memory", "cannot allocate")  # as runtimes say it last
LAST_CHARACTERS = 1000  # characters of the console in which they are looked for
EXIT_COLOURS = {Cause.STOPPED: DIM}


def image_text(image: Image, prompt: str = NOTEBOOK) -> str:
    """Return two lines: what was built and how fast; what to do next."""
    return visible_lines(f"{_image_facts(image)}\nNext: {prompt} boot {shlex.quote(image.name)}")


def image_html(image: Image, prompt: str = NOTEBOOK) -> str:
    """Return `image_text` as HTML."""
    name, facts = _image_facts(image).split(":", 1)
    command = f"{prompt} boot {shlex.quote(image.name)}"
    return f"<div><b>{_html(name)}</b>:{_html(facts)}<br>Next: <code>{_html(command)}</code></div>"


def compilers_warnings(image: Image) -> str:
    """Return what the compilers said of a program that they took, "" when they said nothing."""
    lines = visible_lines(image.log.strip("\n")).split("\n")
    more = len(lines) - WARNING_LINES
    return "\n".join(lines[:WARNING_LINES] + ([f"… and {more:,} lines more"] if more > 0 else []))


def _html(text: str) -> str:
    return escape(visible_lines(text))


def _image_facts(image: Image) -> str:
    when = f"built in {image.build_s:.2f} s"
    if image.cached:
        when = f"unchanged, from the cache ({when})"
    count = len(image.packages)
    named = f"{count} packages" if count > LISTED else ", ".join(image.packages)
    packages = f" with {named}" if count else ""
    size = f"{image.size_bytes:,} bytes"
    nets = f", on network {', '.join(image.nets)}" if image.nets else ""
    blocks = f", with block device {', '.join(image.blocks)}" if image.blocks else ""
    return f"{image.name}: {size} for {image.target}{packages}{nets}{blocks}, {when}"


def state_text(machine: Machine) -> str:
    """Return what the machine is doing, or how it ended."""
    moved = " (emulated since KVM gave it up)" if machine.moved and not machine.exit else ""
    under = ", under gdb" if not machine.exit and machine.debugger_pid else ""
    return str(machine.exit) if machine.exit else f"{machine.state}{under}{moved}"


def machine_text(machine: Machine, prompt: str = NOTEBOOK) -> str:
    """Return what the machine is, how it ended if it did, and what one can do next.

    A running machine's state is left out: what is shown stays when the state has changed.
    """
    facts = f"{_machine_facts(machine)}{disk_facts.disks_text(machine)}"
    facts += network_facts.ports_text(machine)
    return visible_lines(f"{machine.name}: {facts}\n{_machine_hint(machine, prompt)}")


def machine_html(machine: Machine, prompt: str = NOTEBOOK) -> str:
    """Return `machine_text` as HTML, with its ports as links."""
    return (
        f"<div><b>{_html(machine.name)}</b>: {_html(_machine_facts(machine))}"
        f"{_html(disk_facts.disks_text(machine))}"
        f"{network_facts.ports_html(machine)}<br>"
        f"{_commands_html(_machine_hint(machine, prompt), prompt)}</div>"
    )


def _commands_html(hint: str, prompt: str) -> str:
    """Return a hint as HTML, its commands as code; each ends at a dot in the middle, or with it."""
    parts = []
    for part in hint.split(" · "):
        words, found, command = part.partition(f"{prompt} ")
        parts.append(_html(words) + (f"<code>{_html(found + command)}</code>" if found else ""))
    return " · ".join(parts)


def machine_bundle(machine: Machine) -> dict[str, str]:
    """Return the MIME bundle of a machine in a notebook."""
    return {"text/plain": machine_text(machine), "text/html": machine_html(machine)}


def state_html(machine: Machine) -> str:
    """Return the machine's name and state, the state in its colour."""
    colour = COLOURS.get(machine.state, FAILED)
    if machine.exit:
        colour = EXIT_COLOURS.get(machine.exit.cause, FAILED)
    if machine.exit and (machine.exit.ok or machine.exit.is_help):
        colour = OK
    return (
        f"<b>{_html(machine.name)}</b>: "
        f'<span style="color: {colour}; font-weight: 600">{_html(state_text(machine))}</span>'
    )


def _machine_facts(machine: Machine) -> str:
    where = f"{machine.kind}, {machine.spec.memory_mib} MiB, {machine.accelerator}"
    if machine.exit:
        return f"{machine.exit} ({where})"
    return f"{where}, pid {machine.pid}" if machine.pid else where


def _machine_hint(machine: Machine, prompt: str) -> str:
    name = shlex.quote(machine.name)
    if machine.exit and not machine.exit.ok:
        if machine.exit.cause is Cause.GIVEN_UP and machine.accelerator == "kvm":
            again = advised.boot(machine.image.name, machine.name, "--accel", "tcg")
            return f"Next, emulated: {prompt} {again}"
        if _lacked_memory(machine):
            larger = f"Next, with twice the memory: {prompt} {_larger(machine)}"
            return f"{larger}{_core_hint(machine, prompt)}" if machine.core else larger
        return f"Next: {prompt} logs {name}{_core_hint(machine, prompt)}"
    if machine.exit:
        return f"Next: {prompt} measure boot {shlex.quote(machine.image.name)}"
    return f"Next: {prompt} console {name} · {prompt} stop {name}"


def _core_hint(machine: Machine, prompt: str) -> str:
    """Return how to look into a guest that crashed; "" for one that did not."""
    if machine.core:
        return f" · its core is kept: {prompt} core {shlex.quote(machine.name)}"
    if machine.core_refused:
        return f" · {machine.core_refused}"
    crashed = machine.exit and machine.exit.cause in {Cause.FAULT, Cause.ABORT}
    if not crashed or not targets.of(machine.image).leaves_cores:
        return ""
    again = advised.boot(machine.image.name, machine.name, "--core")
    return f" · to look into it with gdb, boot it again: {prompt} {again}"


def _lacked_memory(machine: Machine) -> bool:
    """Whether a guest that failed said that it had no memory left."""
    output = f"{machine.exit} {machine.console.text[-LAST_CHARACTERS:]}".lower()
    return any(phrase in output for phrase in NO_MEMORY)


def _larger(machine: Machine) -> str:
    """Return the command that boots the machine with twice the memory."""
    memory = str(2 * machine.spec.memory_mib)
    return advised.boot(machine.image.name, machine.name, "-m", memory)


def machines_table(machines: Iterable[Machine], prompt: str = NOTEBOOK) -> Table:
    """Return the list of machines, running and ended; one without disks has no word on disks."""
    machines = tuple(machines)
    has_disks = any(machine.disks and not machine.exit for machine in machines)
    rows = tuple(
        (
            machine.name,
            textwrap.shorten(state_text(machine), SHOWN_CHARACTERS, placeholder=" …"),
            machine.image.name,
            machine.image.target,
            f"{machine.spec.memory_mib}",
            machine.kind,
            str(machine.accelerator),
            "" if machine.exit else network_facts.ports_summary(machine),
            *(["" if machine.exit else disk_facts.disks_summary(machine)] if has_disks else []),
            "" if machine.exit else str(machine.pid or ""),
            "" if machine.exit else f"{time.time() - machine.started_at:.0f}",
        )
        for machine in machines
    )
    what = ("NAME", "STATE", "IMAGE", "TARGET", "MIB>", "TYPE", "ACCEL")
    headings = (*what, "PORTS", *(["DISKS"] if has_disks else []), "PID>", "UP S>")
    return Table(headings, rows, empty=f"No machines. {prompt} boot NAME starts one.")


def measurements_table(rows: Measurements) -> Table:
    """Return one line a metric: its value, or median, least and most of several samples.

    Systems and targets that were compared have lines of their own; the intervals of a run have
    none.
    """
    metrics: dict[tuple[str, str], list[float]] = {}
    compared = [key for key in COMPARED if len({row.dimensions.get(key) for row in rows}) > 1]
    for row in rows:
        if "second" not in row.dimensions:
            labels = [str(row.dimensions[key]) for key in compared if key in row.dimensions]
            name = f"{row.metric} ({', '.join(labels)})" if labels else row.metric
            metrics.setdefault((name, row.unit), []).append(row.value)
    once = all(len(values) == 1 for values in metrics.values())
    headings = ("VALUE>",) if once else ("MEDIAN>", "LEAST>", "MOST>", "SAMPLES>")
    lines = []
    for (metric, unit), values in metrics.items():
        summed_up = statistics.median(values), min(values), max(values), len(values)
        numbers = (
            f"{number:,.0f}" if number == int(number) else f"{number:,.2f}"
            for number in summed_up[: len(headings)]
        )
        lines.append((metric, unit, *numbers))
    note = summary(rows)
    if len(lines) > SHOWN_METRICS:
        note = f"{len(lines) - SHOWN_METRICS} more metrics in .to_frame(). {note}"
    headings = ("METRIC", "UNIT", *headings)
    return Table(headings, tuple(lines[:SHOWN_METRICS]), empty="No measurements.", note=note)
