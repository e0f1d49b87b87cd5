"""What `boot` and `run` do with an image."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argparse import Namespace

    from unikernel.machines import Machine
    from unikernel_toolchain.model.image import Image

    from .call import Call


def boot_image(call: Call, image: Image) -> Machine:
    """Boot an image and return once it runs; detached, in a process of its own."""
    from unikernel.machines import boot as boot_here
    from unikernel.machines import detach

    options = call.options
    start = detach if options.detach else partial(boot_here, before=call.before)
    return start(
        image,
        name=options.name or image.name,
        wait="running",
        arguments=tuple(options.arguments),
        on_panic=options.on_panic,
        paused=options.paused,
        replace=options.replace,
        ports=options.port,
        captures=dict(options.pcap),
        **stated(options),
    )


def stated(options: Namespace) -> dict[str, Any]:
    """Return the fields of a Spec that the flags state."""
    fields = {
        "memory_mib": options.memory,
        "machine": options.machine,
        "accelerator": options.accel,
        "environment": dict(options.env),
        "nets": {device: str(network) for device, network in options.net},
        "blocks": {device: str(disk) for device, disk in options.block},
        "kv": {name: str(directory) for name, directory in options.kv},
    }
    return {name: value for name, value in fields.items() if value is not None}
