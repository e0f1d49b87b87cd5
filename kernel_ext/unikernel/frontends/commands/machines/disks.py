"""The command `disk`: what is on disks, of machines, of images and in files, and which are in."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from unikernel import images
from unikernel.disks import contents
from unikernel.errors import NoSuchImage, UsageError, did_you_mean
from unikernel.frontends.commands import candidates
from unikernel.machines import registry
from unikernel.model.block import size_text
from unikernel.render import disk_facts
from unikernel.render.results import ConsoleOutput, Note, Table
from unikernel_toolchain.messages.visible import visible

from . import disk_changes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from unikernel.disks import DiskContents
    from unikernel.frontends.commands.arguments import Parser
    from unikernel.frontends.commands.call import Call
    from unikernel.render.results import Result

LISTED = 1000  # files


def add(parser: Parser) -> None:
    """Describe the command."""
    parser.add_argument("action", choices=ACTIONS, metavar="ACTION", help=", ".join(ACTIONS))
    parser.add_argument(
        "disk",
        metavar="DISK",
        nargs="?",
        help="MACHINE or MACHINE:DEVICE, the same of an image, or a file as --block takes it",
    )
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        help="ls [PATH] · cat PATH · extract FOLDER [PATH]: what on the disk, FOLDER on the host · "
        "attach DISK, as --block takes it · resize SIZE",
    )
    parser.add_argument(
        "--shrink",
        action="store_true",
        help="resize may cut off the disk's end, with what is there",
    )
    parser.add_argument("--raw", action="store_true", help="give a terminal what a file holds")


def operands(given: list[str]) -> tuple[str, Iterable[str]]:
    """Return what may be typed next: an action, then a machine's disk."""
    if not given:
        return "choice", ACTIONS
    known = [f"{one.name}:{device}" for one in candidates.machines() for device in one.disks]
    return "disk", known if len(given) == 1 else ()


def disk(call: Call) -> Result:
    """List, show and extract what is on a disk; attach, detach and resize a running machine's.

    Raises UsageError, DiskUnavailable, NoSuchMachine, WrongState.
    """
    options = call.options
    if options.action in disk_changes.FORMS:
        return disk_changes.change(call)
    least, most, act = _ACTIONS[options.action]
    if options.disk is None and options.action == "ls":
        return _all_disks(call.prompt)
    if options.disk is None or not least <= len(options.paths) <= most:
        raise UsageError(
            f"disk {options.action} is written: disk {options.action} {_FORMS[options.action]}"
        )
    with _found(options.disk) as found:
        return act(call, found)


def _all_disks(prompt: str) -> Table:
    """Return the disks of all machines."""
    rows = tuple(
        (
            machine.name,
            device,
            "" if block.empty else size_text(block.size_bytes),
            disk_facts.disk_text(block),
        )
        for machine in (*registry.machines(), *registry.others())
        if not machine.exit
        for device, block in machine.disks.items()
    )
    headings = ("MACHINE", "DEVICE", "SIZE>", "DISK")
    return Table(
        headings, rows, empty=f"No machine has a disk. {prompt} disk ls FILE reads a file."
    )


def _found(what: str) -> DiskContents:
    """Return what is on the disk that a person means: a machine's, a file's or an image's."""
    name, _, device = what.partition(":")
    known = {machine.name for machine in (*registry.machines(), *registry.others())}
    if "/" not in name and (name in known or name.rpartition("@")[0] in known):
        return registry.machine(name).contents(device)
    if not device and _is_file(what):
        return contents(what)
    try:
        built = images.image(name).disks
    except NoSuchImage:
        raise UsageError(
            f"There is no machine and no file {visible(what)!r}.", hint=did_you_mean(name, known)
        ) from None
    device = device or next(iter(built), "")
    if device not in built:
        raise UsageError(
            f"The image {name!r} brings no disk{f' {device!r}' if device else ''}.",
            hint=did_you_mean(device, built),
        )
    return contents(built[device])


def _is_file(what: str) -> bool:
    return "/" in what or Path(what.partition(",")[0]).expanduser().exists()


def _list(call: Call, found: DiskContents) -> Table:
    wanted = call.options.paths[0] if call.options.paths else ""
    entries = list(islice(found.files(wanted), LISTED + 1))
    rows = tuple(
        (
            entry.path + ("/" if entry.kind == "folder" else ""),
            f"{entry.size_bytes:,}" if entry.kind == "file" else "",
            f"{entry.modified:%Y-%m-%d %H:%M}" if entry.modified else "",
        )
        for entry in entries[:LISTED]
    )
    note = f"And more than these {LISTED:,}." if len(entries) > LISTED else ""
    return Table(("FILE", "BYTES>", "MODIFIED"), rows, empty="There are no files.", note=note)


def _show(call: Call, found: DiskContents) -> ConsoleOutput:
    return ConsoleOutput(found.read(call.options.paths[0]), call.options.raw)


def _extract(call: Call, found: DiskContents) -> Note:
    folder, *path = call.options.paths
    done = found.extract(Path(folder).expanduser(), *path)
    text = f"Wrote {done.files:,} files, {done.size_bytes:,} bytes, into {folder}."
    if done.left_out:
        text += (
            f" Left out, as links or by names that no file here should have: {len(done.left_out):,}"
            f", the first {visible(done.left_out[0])!r}."
        )
    return Note(text)


def _describe(_: Call, found: DiskContents) -> Table:
    used = f"{found.used_bytes // 1024:,} KiB taken on the host"
    whole = f"{found.block.format}, {used}" + (f", {found.table} partitions" if found.table else "")
    rows = [("disk", size_text(found.size_bytes), whole)]
    for area in found.areas:
        text = area.problem or "nothing that is read here"
        if area.volume:
            label = f" {area.volume.label!r}" if area.volume.label else ""
            text = f"{area.volume.kind}{label}"
        part = area.partition
        size = part.size_bytes if part else found.size_bytes
        name = f" {part.name!r}" if part and part.name else ""
        where = f"partition {part.number}, type {part.type}{name}" if part else "on it"
        rows.append((where, size_text(size), text))
    return Table(("WHAT", "SIZE>", "IS"), tuple(rows))


_FORMS = {
    "ls": "[DISK [PATH]]",
    "cat": "DISK PATH",
    "extract": "DISK FOLDER [PATH]",
    "info": "DISK",
}
_ACTIONS: dict[str, tuple[int, int, Callable[[Call, DiskContents], Result]]] = {
    "ls": (0, 1, _list),
    "cat": (1, 1, _show),
    "extract": (1, 2, _extract),
    "info": (0, 0, _describe),
}
ACTIONS = (*_FORMS, *disk_changes.FORMS)
