"""The command `boot`, and what it shares with `run`: flags, and what is done with an image."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from unikernel import applications, images
from unikernel.frontends.commands import candidates
from unikernel.frontends.commands.arguments import seconds
from unikernel.frontends.commands.device_flags import networks
from unikernel.model.spec import PANIC_ACTIONS
from unikernel_toolchain import TARGETS

from . import spec
from .control import add_raw

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unikernel.frontends.commands.arguments import Parser
    from unikernel.frontends.commands.call import Call
    from unikernel.machines import Machine
    from unikernel_toolchain.model.image import Image

BOOTING = ("boot", "run")


def add(parser: Parser) -> None:
    """Describe the command."""
    parser.add_argument("image", metavar="NAME", help="image to boot")
    parser.add_argument(
        "-t",
        "--target",
        type=applications.served,
        choices=TARGETS,
        help="what to run on: built for it first, if the image is for another",
    )
    add_options(parser)


def add_options(parser: Parser) -> None:
    """Add the flags of how a machine is booted, and of what is seen of it."""
    parser.add_argument("--name", metavar="N", help="what to call the machine (default: NAME)")
    spec.add(parser)
    networks.add_ports(parser)
    parser.add_argument(
        "--replace", action="store_true", help="stop a running machine of that name first"
    )
    parser.add_argument(
        "--paused", action="store_true", help="hold the guest before its first instruction"
    )
    parser.add_argument(
        "--on-panic",
        choices=PANIC_ACTIONS,
        default="exit",
        help="what a guest under QEMU that dies of a fault does",
    )
    parser.add_argument(
        "--core",
        action="store_true",
        help="keep the memory of a guest that crashes, for gdb: core NAME shows it",
    )
    parser.add_argument(
        "--wait",
        type=seconds,
        metavar="S",
        help="seconds a cell waits for the guest (default: a second after its first output)",
    )
    parser.add_argument(
        "-d",
        "--detach",
        action="store_true",
        help="let the guest outlive this process; return at once",
    )
    add_raw(parser)


def operands(given: list[str]) -> tuple[str, Iterable[str]]:
    """Return what may be typed next: an image."""
    return ("image", candidates.image_names()) if not given else ("argument", ())


def boot(call: Call) -> Machine:
    """Boot an image and return once it runs; detached, in a process of its own.

    Raises UsageError when it is to run on a target that it cannot be built for here.
    """
    from unikernel import api

    image, target = images.image(call.options.image), call.options.target
    return boot_image(
        call, api.for_target(image, target, progress=call.progress) if target else image
    )


def boot_image(call: Call, image: Image) -> Machine:
    """Boot an image and return once it runs; detached, in a process of its own."""
    from unikernel.machines import boot as boot_here
    from unikernel.machines import detach

    options = call.options
    start = detach if options.detach else partial(boot_here, before=call.before)
    return start(
        image,
        name=image.name if options.name is None else options.name,
        wait="running",
        arguments=tuple(options.arguments),
        on_panic=options.on_panic,
        paused=options.paused,
        core=options.core,
        replace=options.replace,
        ports=options.port,
        captures=spec.by_device("--pcap", options.pcap),
        progress=call.progress,
        **spec.stated(options),
    )
