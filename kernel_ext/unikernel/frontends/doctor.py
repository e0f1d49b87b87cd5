"""doctor: check that everything is here that a build and a boot need."""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from unikernel.errors import HypervisorMissing, UnikernelError
from unikernel.host import run_folder
from unikernel.machines.process import probe
from unikernel.machines.qemu import accelerator, hypervisor
from unikernel.machines.xen.lab import inventory, needs
from unikernel.model.targets import UNIX, VIRTIO, XEN
from unikernel.networks.tap import why_not
from unikernel.render import display
from unikernel.render.results import Result
from unikernel_toolchain import TARGETS
from unikernel_toolchain.errors import ToolMissing
from unikernel_toolchain.findlib import releases
from unikernel_toolchain.library_os import base, library_os, packages
from unikernel_toolchain.messages import os_errors
from unikernel_toolchain.messages.user_facing_error import UserFacingError
from unikernel_toolchain.messages.visible import visible_lines
from unikernel_toolchain.store import cache, integrity
from unikernel_toolchain.targets import Target, load
from unikernel_toolchain.tools import locate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LEAST_MEMORY_MIB = 256
LEAST_DISK_MIB = 200
LEAST_RUN_BYTES = 1 << 20  # a machine's record, its console's log and its sockets
OPTIONAL_MODULES = {
    "anywidget": "consoles and panels are plain text",
    "matplotlib": "there are no plots",
    "pandas": "Measurements.to_frame() is missing",
}


class Status(StrEnum):
    """How a finding is to be taken."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


COLOURS = {Status.OK: display.OK, Status.WARN: display.WARN, Status.FAIL: display.FAILED}


@dataclass(frozen=True)
class Finding:
    """What was found about `item`; `hint` says what to do about it."""

    status: Status
    item: str
    fact: str
    hint: str = ""


@dataclass(frozen=True, repr=False)
class Examination(Result):
    """All findings."""

    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """True when nothing fails."""
        return all(finding.status is not Status.FAIL for finding in self.findings)

    def __str__(self) -> str:
        width = max(len(finding.item) for finding in self.findings)
        lines = []
        for finding in self.findings:
            lines.append(f"{finding.status:<4}  {finding.item:<{width}}  {finding.fact}")
            lines += [f"      {'':<{width}}  {finding.hint}"] if finding.hint else []
        return visible_lines("\n".join(lines))

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><td style="color: {COLOURS[finding.status]}; font-weight: 600">'
            f"{finding.status}</td>"
            f'<td style="text-align: left">{_html(finding.item)}</td>'
            f'<td style="text-align: left">{_html(finding.fact)}'
            f"{'<br>' if finding.hint else ''}<i>{_html(finding.hint)}</i></td></tr>"
            for finding in self.findings
        )
        return f"<table><tbody>{rows}</tbody></table>"


def _html(text: str) -> str:
    return escape(visible_lines(text))


def examine() -> Examination:
    """Look at tools, caches, QEMU, the accelerator, and what else a build and a boot need.

    Takes a second the first time on a host with /dev/kvm: a probe kernel is booted.
    """
    checks: list[tuple[str, Callable[[], Finding]]] = [
        ("machine", _machine),
        *((name, partial(_tool, name)) for name in locate.C_PROGRAMS),
        ("musl", _musl),
        ("other targets", _other_targets),
        ("programs in C", _c_programs),
        *((name, partial(_tool, name)) for name in locate.OCAML_PROGRAMS),
        ("ocamlfind", _ocamlfind),
        ("library OS", _libos),
        ("images", _images),
        ("other parts", _fetched),
        ("QEMU", _qemu),
        ("accelerator", _accelerator),
        ("Xen lab", _xen_lab),
        ("processes", _processes),
        ("gdb", _gdb),
        ("tap interfaces", _taps),
        ("run folders", _run_folders),
        ("memory", _memory),
        ("disk", _disk),
        *((name, partial(_module, name)) for name in OPTIONAL_MODULES),
    ]
    return Examination(tuple(_finding(item, check) for item, check in checks))


def _finding(item: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except UserFacingError as error:
        return Finding(Status.FAIL, item, error.what, error.hint)
    except OSError as problem:
        refused = os_errors.explain(problem, "This cannot be examined", UnikernelError)
        return Finding(Status.FAIL, item, refused.what, refused.hint)


def _machine() -> Finding:
    locate.check_machine()
    system = f"{platform.system()} on {platform.machine()}"
    return Finding(Status.OK, "machine", f"{system}, Python {platform.python_version()}")


def _tool(name: str) -> Finding:
    if name == "ocamlopt":
        locate.check_ocaml()
    return Finding(Status.OK, name, f"{locate.require(name)}, {locate.version(name)}")


def _ocamlfind() -> Finding:
    path = locate.require("ocamlfind")
    if releases.findlib_agrees():
        return Finding(Status.OK, "ocamlfind", str(path))
    fact = f"{path}, whose packages are for another release of OCaml than ocamlopt"
    hint = "Without packages all works. OCAMLFIND names another findlib."
    return Finding(Status.WARN, "ocamlfind", fact, hint)


def _musl() -> Finding:
    return Finding(Status.OK, "musl", str(locate.musl().library))


def _c_programs() -> Finding:
    tools = locate.locate_c()
    bases = [base.expected(target, tools, library_os.SOURCES).folder for target in _buildable()]
    built = [folder for folder in bases if folder.exists()]
    return _intact("programs in C", built, "can be built, whatever OCaml there is")


def _buildable() -> list[Target]:
    """Return the targets that this machine has the headers of."""
    return [target for target in map(load, TARGETS) if not _headers_missing(target)]


def _headers_missing(target: Target) -> ToolMissing | None:
    try:
        for name in target.headers:
            locate.headers(name)
    except ToolMissing as missing:
        return missing
    return None


def _other_targets() -> Finding:
    """Look at what only some targets are built with: who wants no other can do without."""
    for target in map(load, TARGETS):
        if missing := _headers_missing(target):
            fact = f"nothing can be built with -t {target.name}. {missing.what}"
            return Finding(Status.WARN, "other targets", fact, missing.hint)
    return Finding(Status.OK, "other targets", f"can be built for: {', '.join(TARGETS)}")


def _libos() -> Finding:
    tools = locate.locate()
    every = (library_os.expected(target, tools).folder for target in _buildable())
    built = [folder for folder in dict.fromkeys(every) if folder.exists()]
    if not built:
        return Finding(Status.OK, "library OS", "not built yet; the first build does it")
    parts = [part for folder in built for part in (folder, *packages.built_folders(folder))]
    return _intact("library OS", parts, f"built, in {cache.root()}")


def _images() -> Finding:
    images = cache.finished("images/*")
    return _intact("images", images, f"{len(images)} in the cache, as they were built")


def _fetched() -> Finding:
    """Look at what is made when it is first wanted; earlier releases left some unsealed."""
    parts = [part for name in ("baseline", "nat") for part in cache.finished(f"{name}/*")]
    with_manifest = [part for part in parts if (part / integrity.MANIFEST).exists()]
    return _intact(
        "other parts", with_manifest, f"{len(with_manifest)} in the cache, as they were made"
    )


def _intact(item: str, parts: Sequence[Path], fact: str) -> Finding:
    """Return whether sealed folders of the cache are whole."""
    damaged = [f"{part}: {found}" for part in parts if (found := integrity.damage(part))]
    if not damaged:
        return Finding(Status.OK, item, fact)
    others = f", and {len(damaged) - 1} more" if damaged[1:] else ""
    hint = "Whatever needs it next, such as a build, makes it again."
    return Finding(Status.WARN, item, f"damaged: {damaged[0]}{others}", hint)


def _qemu() -> Finding:
    try:
        program = hypervisor.find()
    except HypervisorMissing as missing:
        hint = f"{missing.hint} (what is built with -t {UNIX.name} boots without it)"
        return Finding(Status.FAIL, "QEMU", missing.what, hint)
    return Finding(Status.OK, "QEMU", f"{program}, {hypervisor.version(program)}")


def _accelerator() -> Finding:
    chosen = accelerator.choose()
    if chosen.name == "kvm":
        return Finding(Status.OK, "accelerator", str(chosen))
    hint = "Guests run emulated: all works, times are not comparable with KVM's."
    return Finding(Status.WARN, "accelerator", str(chosen), hint)


def _xen_lab() -> Finding:
    found = inventory.take()
    size = f"{found.disk_bytes >> 20:,} MiB in the cache"
    if found.missing and not found.whole:
        hint = f"What is built with -t {XEN.name} runs in it where the host has no Xen."
        fact = f"cannot be made without {', '.join(found.missing)}"
        return Finding(Status.WARN, "Xen lab", fact, hint)
    if found.damage:
        fact = f"damaged: {found.damage}"
        return Finding(Status.WARN, "Xen lab", fact, "The next boot on Xen makes it again.")
    if found.whole:
        return Finding(Status.OK, "Xen lab", f"Xen {found.xen_version}, {size}".strip())
    if missing := needs.room_missing(_nearest_folder()):
        hint = f"Make room, or set {os_errors.CACHE} to a folder on another disk."
        return Finding(Status.WARN, "Xen lab", f"not made yet: it {missing}", hint)
    fact = (
        "not made yet; the first boot on Xen does it, fetches some 90 MB, and leaves some "
        f"{needs.DISK_MIB} MiB in the cache"
    )
    return Finding(Status.OK, "Xen lab", fact)


def _processes() -> Finding:
    reason = probe.run(_nearest_folder())
    if not reason:
        return Finding(Status.OK, "processes", f"can be locked in (-t {UNIX.name})")
    hint = f"Under QEMU everything runs: build with -t {VIRTIO.name}."
    return Finding(Status.WARN, "processes", reason, hint)


def _gdb() -> Finding:
    try:
        return Finding(Status.OK, "gdb", f"{locate.require('gdb')}, holds guests and reads cores")
    except ToolMissing as missing:
        fact = "there is no gdb: guests cannot be stepped through, nor cores be read"
        return Finding(Status.WARN, "gdb", fact, missing.hint)


def _taps() -> Finding:
    reason = why_not()
    if not reason:
        return Finding(Status.OK, "tap interfaces", "can be made")
    hint = "Guests reach out and ports are forwarded without them (--net user, lan)."
    return Finding(Status.WARN, "tap interfaces", reason, hint)


def _run_folders() -> Finding:
    folder = run_folder.runtime_folder()
    if shutil.disk_usage(folder).free >= LEAST_RUN_BYTES:
        return Finding(Status.OK, "run folders", f"in {folder}")
    hint = f"Make room, or set {run_folder.VARIABLE} to a folder on another disk."
    return Finding(Status.FAIL, "run folders", f"the disk of {folder} is full", hint)


def _memory() -> Finding:
    free_mib = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    if free_mib >= LEAST_MEMORY_MIB:
        return Finding(Status.OK, "memory", f"{free_mib:,} MiB free")
    hint = "Stop what is not needed; a guest takes its own memory and some 50 MiB for QEMU."
    return Finding(Status.WARN, "memory", f"only {free_mib} MiB free", hint)


def _disk() -> Finding:
    cache.check(cache.root())
    folder = _nearest_folder()
    free_mib = shutil.disk_usage(folder).free >> 20
    if reason := _unusable(folder):
        hint = f"Set {os_errors.CACHE} to a folder that you can write to."
        return Finding(Status.FAIL, "disk", f"{folder} {reason}", hint)
    if free_mib >= LEAST_DISK_MIB:
        return Finding(Status.OK, "disk", f"{free_mib:,} MiB free for {cache.root()}")
    hint = "Make room, or set UNIKERNEL_CACHE to a folder elsewhere."
    return Finding(Status.WARN, "disk", f"only {free_mib} MiB free for {cache.root()}", hint)


def _unusable(folder: Path) -> str:
    """Return why the cache cannot be there, "" if it can."""
    if not folder.is_dir():
        return "is a file, where a folder should be"
    if not os.access(folder, os.W_OK):
        return "cannot be written"
    return cache.runs_nothing(folder)


def _nearest_folder() -> Path:
    """Return the cache's folder, or the one it will be made in."""
    folder = cache.root()
    while not folder.exists():
        folder = folder.parent
    return folder


def _module(name: str) -> Finding:
    if find_spec(name):
        return Finding(Status.OK, name, "installed")
    hint = f"Install it: python -m pip install {name}"
    return Finding(Status.WARN, name, f"not installed: {OPTIONAL_MODULES[name]}", hint)
