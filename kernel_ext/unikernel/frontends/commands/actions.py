"""One function a command: what `%unikernel` and `unikernel` do with parsed options."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unikernel import applications, images
from unikernel.errors import UnikernelError, UsageError
from unikernel.machines import leftovers, registry
from unikernel.render import display
from unikernel.render.results import ConsoleOutput, Note, Reply, Result, Table, Verbatim
from unikernel_toolchain.messages import os_errors
from unikernel_toolchain.sources.text import shown
from unikernel_toolchain.store import cache

from . import application_actions, disks, export_arguments, measure_arguments, why_command
from .arguments import qmp_request
from .boot_action import boot_image, stated
from .call import Call
from .debugging import core_command, gdb_command, packets, snapshot, step_command, trace
from .each import each, together
from .language import doc

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from unikernel.machines import Machine
    from unikernel.model.measurement import Measurements
    from unikernel.plots import Interactive, LivePlot
    from unikernel_toolchain.model.image import Image


def build(call: Call) -> Image | Verbatim:
    """Build the cell, or the file named.

    Raises UsageError, and ToolchainError when the build fails.
    """
    from unikernel import api

    options = call.options
    if (place := _application(call)) is not None:
        return application_actions.build_place(call, place)
    source, first_line = _source(call)
    asked: dict[str, Any] = {
        "name": options.name,
        "target": options.target,
        "language": options.lang,
        "packages": options.package,
        "nets": options.net,
        "blocks": options.block,
        "symbols": not options.no_symbols,
        "without_passes": options.without_pass,
        "first_line": first_line,
    }
    request = api.request(source, **asked)
    if options.plan:
        from unikernel_toolchain import plan

        return Verbatim(str(plan(request)))
    return api.built(request, fresh=options.fresh, progress=call.progress)


def _application(call: Call) -> applications.Place | None:
    """Return the place of the config.ml that is to be built, None for anything else."""
    options = call.options
    if getattr(options, "of_mirage", False):
        return application_actions.place_of(options)
    places_named = options.file is not None or options.build_dir is not None
    if call.cell is not None or options.files:
        if places_named:
            raise UsageError(
                "-f and -b are about an application in a folder, and here its sources are given.",
                hint="Leave out the one or the other.",
            )
        return None
    folder = Path(options.name) if options.name else None
    if folder is not None and not places_named and not applications.is_folder(folder):
        return None
    return applications.place_of(folder, config=options.file, build_dir=options.build_dir)


def _source(call: Call) -> tuple[str | list[Path], int]:
    files = call.options.files
    if call.options.name is None:
        raise UsageError(
            "The image has no name.", hint="Give it one: %%unikernel build NAME above the program."
        )
    if call.cell is not None and files:
        raise _two_sources(call.options.name, files)
    if call.cell is not None:
        return call.cell, 2  # line 1 of the cell is the magic
    if not files:
        raise _nothing_to_build(call.options.name)
    return [Path(file) for file in files], 1


def _two_sources(name: str, files: list[str]) -> UsageError:
    named = " and ".join(repr(file) for file in files)
    are = "are the names of files" if len(files) > 1 else "is the name of a file"
    words = shlex.quote(" ".join([name, *files]))
    return UsageError(
        f"The program stands in the cell, and {named} behind the image's name {are}.",
        hint=f"Leave out the one or the other; or is the name %%unikernel build {words}?",
    )


def _nothing_to_build(name: str) -> UsageError:
    path = Path(name)
    if path.is_file() and applications.is_folder(path.parent):
        folder = shlex.quote(str(path.parent))
        hint = f"It is part of the application in {shown(path.parent)}: %unikernel build {folder}"
    elif path.is_file():
        words = shlex.join(["build", path.stem, name])
        hint = f"What {name} is to be called goes first: %unikernel {words}"
    elif path.is_dir():
        hint = f"{shown(path)} has no config.ml. An image's name goes ahead of a folder of sources."
    else:
        if "/" in name and not path.exists():
            raise UsageError(
                f"There is no {shown(path)}.",
                hint="Name the folder of a config.ml, or the image and behind it its files.",
            )
        words = shlex.quote(name)
        hint = f"Write the program under %%unikernel build {words}, or name its file."
    return UsageError("There is nothing to build: no cell and no file.", hint=hint)


def boot(call: Call) -> Machine:
    """Boot an image and return once it runs; detached, in a process of its own.

    Raises UsageError when it is to run on a target that it cannot be built for here.
    """
    from unikernel import api

    image, target = images.image(call.options.image), call.options.target
    return boot_image(
        call, api.for_target(image, target, progress=call.progress) if target else image
    )


def ps(call: Call) -> Table:
    """List machines."""
    return display.machines_table((*registry.machines(), *registry.others()), call.prompt)


def console(call: Call) -> object:
    """Type to a machine and wait for what it says; without either, show its live console.

    Raises NoSuchMachine, WrongState, and ConsoleTimeout when it is not shown in time.
    """
    options = call.options
    machine = registry.machine(options.name)
    if options.send is not None:
        machine.console.write(f"{options.send}\n")
    if options.expect is not None:
        text = machine.console.expect(options.expect, timeout_s=options.timeout)[0]
        return ConsoleOutput(f"{text}\n".encode(), options.raw)
    if call.views.console:
        return call.views.console(machine)
    return ConsoleOutput(machine.console.data, options.raw)


def panel(call: Call) -> object:
    """Show all machines as they run, with buttons; or one. Raises NoSuchMachine."""
    if call.options.name is not None:
        return call.views.panel(registry.machine(call.options.name))
    return call.views.panel(None) or ps(call)


def logs(call: Call) -> ConsoleOutput | Note:
    """Show what a machine's console showed, or save it. Raises NoSuchMachine, UnikernelError."""
    console = registry.machine(call.options.name).console
    if file := call.options.save:
        size = console.save(file)
        rest = f", the last of {console.size:,}" if console.size > size else ""
        return Note(f"{file}: {size:,} bytes{rest}.")
    data, count = console.data, call.options.lines
    if count:
        end = b"\n" if data.endswith(b"\n") else b""
        data = b"\n".join(data.removesuffix(b"\n").split(b"\n")[-count:]) + end
    return ConsoleOutput(data, call.options.raw)


def stop(call: Call) -> Table | Note:
    """Stop machines and say how each ended.

    What fails for some is raised once all others were stopped. Raises UsageError, NoSuchMachine.
    """
    options = call.options
    if options.all == bool(options.names):
        raise UsageError("Name the machines to stop, or write --all.")
    running = [machine for machine in registry.machines() if machine.exit is None]
    found, errors = each(registry.machine, dict.fromkeys(options.names))
    machines = running if options.all else found
    stopped, unstopped = each(_stopped, machines)
    if errors := errors + unstopped:
        raise together(errors, f"Stopped: {', '.join(stopped)}." if stopped else "")
    if not machines:
        return Note("No machine is running.")
    return display.machines_table(machines, call.prompt)


def _stopped(machine: Machine) -> str:
    machine.stop()
    return machine.name


def pause(call: Call) -> Note:
    """Hold a machine. Raises NoSuchMachine and WrongState."""
    machine = registry.machine(call.options.name)
    machine.pause()
    return Note(f"{machine.name}: {machine.state}")


def resume(call: Call) -> Note:
    """Let a paused machine run on. Raises NoSuchMachine and WrongState."""
    machine = registry.machine(call.options.name)
    machine.resume()
    return Note(f"{machine.name}: {machine.state}")


def reset(call: Call) -> Note:
    """Reboot a machine in place. Raises NoSuchMachine and WrongState."""
    machine = registry.machine(call.options.name)
    machine.reset()
    return Note(f"{machine.name}: {machine.state}")


def qmp(call: Call) -> Reply:
    """Send QEMU a QMP command.

    Raises NoSuchMachine, WrongState, UsageError, and QmpError when it refuses.
    """
    options = call.options
    command, arguments = qmp_request(options.request, options.json)
    return Reply(registry.machine(options.name).qmp(command, arguments))


def xl(call: Call) -> Verbatim:
    """Run xl in the dom0 of a domain and show what it says.

    Raises NoSuchMachine, WrongState, UsageError for what may not be run, and Dom0Refused when it
    fails.
    """
    return Verbatim(registry.machine(call.options.name).xl(*call.options.words))


def measure(call: Call) -> object:
    """Measure boot time, image size, or how an image does on a network; or show sliders for it.

    Raises UsageError, MeasurementFailed, and what booting raises.
    """
    from unikernel import plots

    options = call.options
    if options.sliders:
        if call.views.sliders is None:
            raise UsageError("Sliders are for a notebook.", hint="Leave --sliders out.")
        given = {**measure_arguments.stated(options), **stated(options)}
        return call.views.sliders(options.what, images.image(options.image), given)
    rows, live = _measure(call, images.image(options.image))
    if live:
        live.finish(plots.PLOTS[options.what](rows))
    return rows


def _measure(call: Call, image: Image) -> tuple[Measurements, LivePlot | None]:
    """Take a measurement, and show how it goes where something can be redrawn."""
    from unikernel import measure as measures

    options = call.options
    choices = measure_arguments.stated(options)
    live = None
    if options.what == "size":
        rows = measures.size(image)
    else:
        if call.views.live:
            from unikernel.plots import LivePlot

            live = LivePlot(options.what, call.views.live())
            choices["watch"] = live.watch
        take = getattr(measures, options.what)
        rows = take(image, progress=call.progress, **choices, **stated(options))
    _measured[_question(image, options)] = rows
    return rows, live


_measured: dict[str, Measurements] = {}  # by what was asked, so that a plot shows the same rows


def _question(image: Image, options: Namespace) -> str:
    choices = {"what": options.what, **measure_arguments.stated(options), **stated(options)}
    return json.dumps([image.name, image.digest, choices])


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


def doctor(_: Call) -> Result:
    """Check tools, caches, QEMU, the accelerator and processes."""
    from unikernel.frontends.doctor import examine

    return examine()


def clean(call: Call) -> Result:
    """Remove built images and what dead processes left; with --all the library OS too.

    Machines that run are not touched; images in memory of this process must be built again.
    With a folder, and in that of an application, what configure and build left there, and nothing
    else: the cache is every application's. Raises UsageError for a folder and the cache at once.
    """
    options = call.options
    of_cache = options.all or options.cache
    place_named = any((options.folder, options.file, options.build_dir))
    if place_named and of_cache:
        raise UsageError(
            "The cache is no folder's own.", hint="Clean a folder, or the cache: one at a time."
        )
    if place_named or getattr(options, "of_mirage", False):
        return application_actions.clean_place(call)
    if not of_cache and applications.is_folder(Path()):
        cleaned = application_actions.clean_place(call)
        return Note(f"{cleaned} The cache is as it was: {call.prompt} clean --cache empties it.")
    freed_mib = cache.clean(everything=options.all) / 2**20
    stale = leftovers.remove_stale()
    left = f" and {stale} run folders of processes that are gone" if stale else ""
    kept = cache.made_once_mib()
    more = f" {kept} MiB that are made once stay (library OS, Xen lab and the like): "
    stays = f"{more}{call.prompt} clean --all removes them." if kept else ""
    return Note(f"Removed {freed_mib:.1f} MiB from {cache.root()}{left}.{stays}")


WITH_CELL = ("build", "config", "gdb")
COMMANDS: dict[str, Callable[[Call], object]] = {
    "build": build,
    "config": application_actions.config,
    "configure": application_actions.configure,
    "describe": application_actions.describe,
    "boot": boot,
    "run": application_actions.run,
    "ps": ps,
    "console": console,
    "logs": logs,
    "panel": panel,
    "stop": stop,
    "pause": pause,
    "resume": resume,
    "reset": reset,
    "qmp": qmp,
    "xl": xl,
    "gdb": gdb_command.gdb,
    "step": step_command.step,
    "core": core_command.core,
    "measure": measure,
    "plot": plot,
    "why": why_command.why,
    "export": export_arguments.export,
    "trace": trace.trace,
    "packets": packets.packets,
    "snapshot": snapshot.snapshot,
    "disk": disks.disk,
    "doc": doc.doc,
    "doctor": doctor,
    "clean": clean,
}


def run(call: Call) -> object:
    """Do what the call asks. What the operating system refuses is raised as UnikernelError.

    Raises UsageError for a cell where none belongs, and what the command raises.
    """
    if call.cell is not None and call.options.command not in WITH_CELL:
        hint = "Above a program goes %%unikernel build NAME; other commands take one %."
        raise UsageError(f"{call.options.command} takes no cell.", hint=hint)
    with os_errors.raised_as(f"{call.options.command} could not be done", UnikernelError):
        return COMMANDS[call.options.command](call)
