"""export: an image and what starts it elsewhere, left in a folder."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from unikernel import images
from unikernel.errors import NoSuchImage, NoSuchMachine, UsageError
from unikernel.guest import memory_need
from unikernel.machines import registry
from unikernel.machines.core.machine import Machine
from unikernel.machines.qemu import accelerator
from unikernel.model import targets
from unikernel.model.calls.arguments import checked
from unikernel.model.spec import Spec
from unikernel.render.results import Result
from unikernel_toolchain.messages.visible import visible
from unikernel_toolchain.model import typed
from unikernel_toolchain.model.image import Image
from unikernel_toolchain.store import images as built

from . import by_hand, disks, libvirt, written, xl
from .choices import Choices, settle

_STEMS = ("xenbr", "br", "virbr")  # MirageOS 3.9's order
_INTERFACES = Path("/sys/class/net")
_TAP = "tap"

Texts: TypeAlias = dict[str, str]


@dataclass(frozen=True, repr=False)
class Exported(Result):
    """What was left in `folder`: the names of the `files`, and the `lines` that start it there.

    `notes` say what is still to be done on the server.
    """

    name: str
    folder: Path
    files: tuple[str, ...]
    lines: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return what a person does next; lines to type stand by themselves."""
        parts = [f"{visible(self.name)}: in {visible(str(self.folder))} are {_listed(self.files)}."]
        parts += map(visible, self.notes)
        start, *others = self.lines
        parts.append(f"Start it there:\n  {visible(start)}")
        parts += [f"or:\n  {visible(line)}" for line in others]
        return "\n".join(parts)


def _listed(names: tuple[str, ...]) -> str:
    *others, last = map(visible, names)
    return f"{', '.join(others)} and {last}" if others else last


@checked
def export(
    what: Image | Machine | str,
    folder: str | Path,
    *,
    at: str | Path | None = None,
    memory_mib: int | None = None,
    arguments: Iterable[str] | None = None,
    environment: Mapping[str, str] | None = None,
    nets: Mapping[str, str] | None = None,
    blocks: Mapping[str, str] | None = None,
    kv: Mapping[str, str] | None = None,
    replace: bool = False,
) -> Exported:
    """Leave an image in a folder with the files that start it on a server.

    `what` is an image, or a machine, whose memory, arguments and variables are taken; or the name
    of one. Of a Xen image there are NAME.xl, NAME.xl.in and NAME_libvirt.xml beside it, of one for
    QEMU NAME_libvirt.xml; a process is a program. `at` is where the folder will be on the server,
    if it is to be taken elsewhere. `nets` names a bridge of the server for each network device (for
    a process a tap), `blocks` the file or block device of each disk, with boot's `,ro`, `,size=`
    and `,format=`, `kv` each folder. Files that are there are written over
    with `replace` alone. Raises NoSuchImage, ImageInvalid, UsageError, and UnikernelError when the
    system refuses: then nothing is left behind.
    """
    image, before = _found(what)
    spec = Spec(
        memory_mib=before.memory_mib if memory_mib is None else memory_mib,
        arguments=before.arguments if arguments is None else typed.texts("arguments", arguments),
        environment=before.environment if environment is None else environment,
    )
    targets.of(image)
    built.check(image)
    _check_memory(image, spec.memory_mib)
    place = _absolute(folder)
    choices = settle(
        image,
        place if at is None else _on_server(at),
        spec,
        nets=nets or {},
        blocks=blocks or {},
        kv=kv or {},
        stem=_stem(image),
    )
    texts, lines = _FORMS[image.target](choices)
    files: dict[str, written.Contents] = {choices.program: image.path, **texts}
    files |= {Path(choices.disks[name].path).name: path for name, path in choices.copied.items()}
    written.put(place, files, replace=replace)
    return Exported(image.name, place, tuple(files), lines, _notes(choices))


def _found(what: Image | Machine | str) -> tuple[Image, Spec]:
    """Return the image, and how it is to be run if nothing is said: as its machine is."""
    if isinstance(what, Machine):
        return what.image, what.spec
    if isinstance(what, Image):
        return what, Spec()
    machine = _machine(typed.text("what", what))
    try:
        image = images.image(what)
    except NoSuchImage as problem:
        if machine:
            return machine.image, machine.spec
        raise NoSuchImage(f"There is no image or machine {what!r}.", hint=problem.hint) from None
    # A machine of an image's name may run one that was built before.
    if machine and machine.image.digest == image.digest:
        return image, machine.spec
    return image, Spec()


def _machine(name: str) -> Machine | None:
    try:
        return registry.machine(name)
    except NoSuchMachine:
        return None


def _absolute(folder: str | Path) -> Path:
    text = str(folder) if isinstance(folder, Path) else typed.text("folder", folder)
    if not text or "\0" in text:
        raise UsageError(f"{visible(text)!r} cannot be a folder's name.")
    return Path(text).expanduser().absolute()


def _on_server(folder: str | Path) -> Path:
    place = Path(folder) if isinstance(folder, Path) else Path(typed.text("at", folder))
    if not place.is_absolute():
        raise UsageError(
            f"{visible(str(folder))!r} is no folder of the server: its name begins with /.",
            hint="Give all of it, such as --at /srv/hello (at=…).",
        )
    return _absolute(folder)


def _check_memory(image: Image, memory_mib: int) -> None:
    least_mib = memory_need.least_memory_mib(image)
    if memory_mib < least_mib:
        raise UsageError(
            f"Image {image.name!r} does not fit into {memory_mib} MiB of memory.",
            hint=f"Give it at least {least_mib} MiB: --memory {least_mib}, memory_mib={least_mib}",
        )


def _stem(image: Image) -> str:
    """Return how bridges are called where nothing is said: as those of this host, if it has one."""
    if not targets.of(image).hypervisor:
        return _TAP
    return next((it for it in _STEMS if (_INTERFACES / f"{it}0").exists()), "br")


def _notes(choices: Choices) -> tuple[str, ...]:
    """Return what is to be made on the server before it starts."""
    notes = disks.notes(choices.disks, choices.wanted)
    if not choices.interfaces:
        return notes
    named = ", ".join(f"{name} on {it}" for name, it in choices.interfaces.items())
    return (f"Networks: {named} (--net DEVICE=NAME chooses another).", *notes)


# ---- by target


def _xen(choices: Choices) -> tuple[Texts, tuple[str, ...]]:
    name = choices.name
    files = {
        f"{name}.xl": xl.configuration(choices),
        f"{name}.xl.in": xl.template(choices),
        f"{name}_libvirt.xml": libvirt.xen(choices),
    }
    return files, (
        shlex.join(["xl", "create", "-c", str(choices.place / f"{name}.xl")]),
        _virsh(choices, "xen:///system"),
    )


def _virtio(choices: Choices) -> tuple[Texts, tuple[str, ...]]:
    files = {f"{choices.name}_libvirt.xml": libvirt.kvm(choices)}
    line = by_hand.qemu(choices, _accelerators())
    return files, (line, _virsh(choices, "qemu:///system"))


def _accelerators() -> tuple[str, ...]:
    """Return those to try: a KVM that opens here, and was seen to run no guests, is left out."""
    known = accelerator.known()
    opens = os.access(accelerator.KVM_DEVICE, os.R_OK | os.W_OK)
    return ("tcg",) if known and known.name == "tcg" and opens else ("kvm", "tcg")


def _unix(choices: Choices) -> tuple[Texts, tuple[str, ...]]:
    return {}, (by_hand.unix(choices),)


def _virsh(choices: Choices, connection: str) -> str:
    file = str(choices.place / f"{choices.name}_libvirt.xml")
    return shlex.join(["virsh", "-c", connection, "create", file, "--console"])


_FORMS: Mapping[str, Callable[[Choices], tuple[Texts, tuple[str, ...]]]] = {
    "xen": _xen,
    "virtio": _virtio,
    "unix": _unix,
}
