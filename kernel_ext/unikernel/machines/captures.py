"""Captures that begin and end while a machine runs: what is asked for, made certain."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from unikernel.errors import UsageError, WrongState, did_you_mean
from unikernel.networks.capture import Capture

if TYPE_CHECKING:
    from unikernel.model.spec import Spec

NO_DEVICE = "it has no network device"
AT_BOOT = "it is set when the machine is booted: --pcap DEVICE=FILE"


def device_of(name: str, device: str, spec: Spec) -> str:
    """Return the device that is meant, the first by default. Raises UsageError."""
    device = device or next(iter(spec.nets), "")
    if device in spec.nets:
        return device
    what = f"no network device {device!r}" if device else "no network device"
    raise UsageError(f"{name!r} has {what}.", hint=did_you_mean(device, spec.nets))


def file_of(path: str | Path) -> str:
    """Return where frames can be written as of now, as seen from anywhere.

    Raises NetworkUnavailable.
    """
    file = str(Path(path).expanduser().absolute())
    Capture(file).close()
    return file


def require_none(name: str, device: str, captures: Mapping[str, str]) -> None:
    """Raise WrongState when the device's frames are being written."""
    if device in captures:
        raise WrongState(
            f"The frames of {device!r} of {name!r} are being written to {captures[device]}.",
            hint="End that first: machine.stop_capture()",
        )


def running(name: str, device: str, captures: Mapping[str, str]) -> str:
    """Return the device whose frames are being written, the first by default. Raises WrongState."""
    device = device or next(iter(captures), "")
    if device in captures:
        return device
    whose = f"of {device!r} of {name!r}" if device else f"of {name!r}"
    raise WrongState(
        f"No frames {whose} are being written.", hint="Begin: machine.start_capture('FILE.pcap')"
    )
