"""What can go wrong between image and measurement.

UnikernelError              everything here; one short message for people
├── UsageError              the request itself makes no sense (flag, name, value)
├── NoSuchImage             no image of that name was built
├── NoSuchMachine           no machine of that name; carries the names there are
├── NameTaken               a machine of that name is running
├── WrongState              the machine cannot do that now
├── BootFailed              the guest was not started; carries the command and its stderr
├── HypervisorMissing       QEMU is not installed
├── HypervisorLost          QEMU, or the process that a guest is, died behind our back
├── HypervisorSilent        QEMU lives and does not answer; carries what it was asked
├── PortTaken               a host port is in use
├── NetworkUnavailable      the host does not offer that network: permission, interface, address
├── DiskUnavailable         a disk cannot be had: no file, no permission, in use, no disk
├── ConsoleTimeout          the console did not show it in time; carries what it did show
├── QmpError                QEMU refused a QMP command; carries the command and the refusal
├── DebuggerRefused         gdb refused a command, or the host refuses gdb the guest
├── DebuggerLost            gdb ended, or did not answer
├── LabUnavailable          the Xen lab cannot be made or restored; carries the reason
├── Dom0Refused             a program in dom0 was not run to its end; carries what it said
├── PackageUnavailable      what a package of the distribution should give cannot be had
├── BaselineUnavailable     what to measure against cannot be fetched or made
├── MeasurementFailed       a measurement could not be taken; carries the reason
├── NotYet                  an exercise of a lab is not solved yet; says what to look at
├── JournalUnwritable       the file that an exploration is kept in cannot be written
└── Unfinished              an exploration ended before its end; carries what it found

A build that fails raises `unikernel_toolchain.errors.ToolchainError`; notebooks show both alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from unikernel_toolchain.messages.user_facing_error import UserFacingError


class UnikernelError(UserFacingError):
    """A failure between image and measurement."""


class UsageError(UnikernelError):
    """The request itself makes no sense."""


class NoSuchImage(UnikernelError):
    """No image of that name was built."""


class NoSuchMachine(UnikernelError):
    """No machine of that name is known."""


class NameTaken(UnikernelError):
    """A machine of that name is running."""


class WrongState(UnikernelError):
    """The machine cannot do that in the state it is in."""


class BootFailed(UnikernelError):
    """The guest was not started."""


class HypervisorMissing(UnikernelError):
    """The hypervisor's program is not installed."""


class HypervisorLost(UnikernelError):
    """What carries the guest died behind our back."""


class HypervisorSilent(UnikernelError):
    """The hypervisor lives and does not answer."""


class PortTaken(UnikernelError):
    """A host port is in use."""


class NetworkUnavailable(UnikernelError):
    """The host does not offer that network."""


class DiskUnavailable(UnikernelError):
    """A disk cannot be had: no file, no permission, in use, or not what it should be."""


class ConsoleTimeout(UnikernelError):
    """The console did not say what was waited for in time."""


class QmpError(UnikernelError):
    """QEMU refused a QMP command."""


class DebuggerRefused(UnikernelError):
    """Gdb refused a command, or the host refuses gdb the guest."""


class DebuggerLost(UnikernelError):
    """Gdb ended, or did not answer in time."""


class LabUnavailable(UnikernelError):
    """The Xen lab cannot be made or restored, or does not take what is plugged in."""


class Dom0Refused(UnikernelError):
    """Dom0 did not run a program to its end, or did not take or give a file."""


class MeasurementFailed(UnikernelError):
    """A measurement could not be taken."""


class NotYet(UnikernelError):
    """An exercise of a lab is not solved yet."""


class JournalUnwritable(UnikernelError):
    """The file that an exploration is kept in cannot be written."""


class Unfinished(UnikernelError):
    """An exploration ended before its end; `found` is what it has found until then."""

    def __init__(self, what: str, *, found: object, hint: str = "", detail: str = "") -> None:
        super().__init__(what, hint=hint, detail=detail)
        self.found = found


class PackageUnavailable(UnikernelError):
    """What a package of the distribution should give cannot be had."""


class BaselineUnavailable(UnikernelError):
    """What to measure against cannot be fetched or made."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint naming the closest of `known`, or all of them; "" when there are none."""
    names = sorted(known)
    if not names:
        return ""
    close = get_close_matches(name, names, n=1)
    return f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(names)}."
