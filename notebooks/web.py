"""Builds the web server beside it, boots it, and keeps it up: `python web.py [PORT]`.

Says where it answers once it does, and opens that in a browser where there is a screen; what the
guest says follows, until Ctrl-C. Exit status: 0, also behind Ctrl-C, 1 when something failed,
128 + N when another signal N ended it.
"""

from __future__ import annotations

import signal

# What follows takes a second to read: until then Ctrl-C ends this without a traceback.
OUR_INTERRUPT = signal.getsignal(signal.SIGINT)
if __name__ == "__main__" and OUR_INTERRUPT is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import http.client
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import visitors

import unikernel as uk
from unikernel.errors import PortTaken, UnikernelError
from unikernel.frontends.terminal import signals, standard_streams
from unikernel.frontends.terminal.foreground import Foreground
from unikernel.render.progress import Progress, on_terminal
from unikernel_toolchain.errors import ToolchainError

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = Path(__file__).with_suffix(".ml")
PACKAGES = ("unikernel-apps.http", "mirage-clock")
NAME = "lab web"  # "web" is what the notebook about networks builds
PORT, ANY_PORT = "8080", "0"
ANSWER_TIME_LIMIT_S = 30
LOOK_AGAIN_S = 0.05
FAILED, BY_SIGNAL = 1, 128


class Silent(UnikernelError):
    """Nothing answers."""


def say(*lines: str) -> None:
    """Write lines to stdout. Raises BrokenPipeError, and UnikernelError when it takes no more."""
    standard_streams.write_text("".join(f"{line}\n" for line in lines))


def build() -> uk.Image:
    """Build the program. Raises ToolchainError, and Silent when nobody could ask it anything."""
    say(f"Building {PROGRAM.name} with the network stack and the library OS beneath it …")
    with Progress(on_terminal(sys.stderr)) as progress:
        image = uk.build(PROGRAM, name=NAME, packages=PACKAGES, progress=progress)
    if not image.devices:
        raise Silent(f"{PROGRAM} uses no network: it is no server any more.")
    return image


def boot(image: uk.Image, port: str, console: Foreground) -> uk.Machine:
    """Boot it with this port of the host, or a free one. Raises UnikernelError."""
    try:
        return uk.boot(image, ports=[f"{port}:80"], before=console.attach)
    except PortTaken as taken:
        say(f"{str(taken).splitlines()[0]} I take another.")
        return uk.boot(image, ports=[f"{ANY_PORT}:80"], before=console.attach)


def wait_for_answer(machine: uk.Machine, port: int) -> None:
    """Return once it answers. Raises Silent when it has ended, and when that takes too long."""
    ends_at = time.monotonic() + ANSWER_TIME_LIMIT_S
    while not answers(port):
        if machine.exit:
            raise Silent(f"The unikernel ended before it answered: {machine.exit}.")
        if time.monotonic() > ends_at:
            raise Silent(
                f"The unikernel runs, and did not answer in {ANSWER_TIME_LIMIT_S} s.",
                hint=f"Is {PROGRAM} still a server on port 80?",
            )
        time.sleep(LOOK_AGAIN_S)


def answers(port: int) -> bool:
    """Whether anything comes back that is HTTP."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("HEAD", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


@contextmanager
def running(image: uk.Image, port: str, console: Foreground) -> Iterator[uk.Machine]:
    """Give the machine, which ends with the block."""
    machine = boot(image, port, console)
    try:
        yield machine
    finally:
        machine.stop()


def serve(port: str) -> int:
    """Build, boot and show it until it ends; return the exit status."""
    image = build()
    console = Foreground(raw=False)
    begun_s = time.monotonic()
    with running(image, port, console) as machine:
        found = machine.ports[0].host_port
        wait_for_answer(machine, found)
        took_s = time.monotonic() - begun_s
        address = f"http://127.0.0.1:{found}/"
        say(
            f"\nA unikernel answers on {address}",
            f"  {image.size_bytes / 1e6:.1f} MB, built in {image.build_s:.1f} s"
            f"{' earlier' if image.cached else ''}; from boot to answer {took_s:.2f} s.",
            *visitors.invite(address),
            "  Ctrl-C ends it. What it says (the first request is ours):",
        )
        ended = console.run(machine)
    say(f"The unikernel ended by itself: {ended}.")
    return 0 if ended.ok else FAILED


def main(words: list[str]) -> int:
    """Do what the command line says; return the exit status."""
    standard_streams.open_closed()
    signal.signal(signal.SIGINT, OUR_INTERRUPT)
    try:
        with signals.as_interrupts():
            return serve(*(words or [PORT]))
    except (UnikernelError, ToolchainError) as why:
        print(f"lab: {why}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt as interrupt:
        number = signals.number_of(interrupt)
        if number != signal.SIGINT:
            return BY_SIGNAL + number
        print("\nEnded; nothing is left running.", file=sys.stderr)
        return 0
    except BrokenPipeError:  # nobody reads what we say
        return BY_SIGNAL + signal.SIGPIPE
    finally:
        standard_streams.discard_unwritten()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
