"""What `boot` and `run` do with an image."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from unikernel.errors import UsageError
from unikernel_toolchain.messages.visible import visible

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable

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
        name=image.name if options.name is None else options.name,
        wait="running",
        arguments=tuple(options.arguments),
        on_panic=options.on_panic,
        paused=options.paused,
        core=options.core,
        replace=options.replace,
        ports=options.port,
        captures=by_device("--pcap", options.pcap),
        progress=call.progress,
        **stated(options),
    )


def stated(options: Namespace) -> dict[str, Any]:
    """Return the fields of a Spec that the flags state. Raises UsageError."""
    fields = {
        "memory_mib": options.memory,
        "machine": options.machine,
        "accelerator": options.accel,
        "environment": dict(options.env),
        "nets": by_device("--net", options.net),
        "blocks": by_device("--block", options.block),
        "kv": by_device("--kv", options.kv),
    }
    return {name: value for name, value in fields.items() if value is not None}


def by_device(flag: str, given: Iterable[tuple[str, object]]) -> dict[str, str]:
    """Return what a flag says of each device, in text. Raises UsageError for one said twice."""
    found: dict[str, str] = {}
    for device, value in given:
        if device in found:
            what = f"{device}=" if device else "the first device's, without a name,"
            raise UsageError(
                f"{flag} {what} is given twice: {visible(found[device])} and "
                f"{visible(str(value))}.",
                hint="Leave one out, or name another device: DEVICE=…",
            )
        found[device] = str(value)
    return found
