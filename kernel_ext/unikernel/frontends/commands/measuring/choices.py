"""The flags of measurements: which there are, and which measurement takes which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unikernel.errors import UsageError
from unikernel.frontends.commands.arguments import count, seconds

if TYPE_CHECKING:
    from argparse import Namespace

    from unikernel.frontends.commands.arguments import Parser

MEASURES = ("boot", "size", "throughput", "http", "latency", "block")
BASELINES = ("linux",)
ABOUT = (
    "Several values of a setting are compared: boot hello -m 32 -m 256 --machine microvm "
    "--machine q35 measures each combination. What else differs is compared in Python: "
    'uk.plots.boot({"before": rows, "after": rows}). '
    "A boot is timed up to the guest's first line on the console, so it must say one."
)
_NETWORK = {"repeat", "baseline"}
TAKES: dict[str, set[str]] = {
    "boot": {"repeat"},
    "size": {"repeat"},
    "throughput": {*_NETWORK, "seconds", "streams", "protocol", "window_kib", "port"},
    "http": {*_NETWORK, "seconds", "connections", "path", "port"},
    "latency": {*_NETWORK, "count", "size"},
    "block": {*_NETWORK, "seconds", "jobs"},
}


def add(parser: Parser) -> None:
    """Let the command measure."""
    parser.epilog = ABOUT
    add_options(parser)


def add_options(parser: Parser, repeats: str = "how often (10 boots; else 3)") -> None:
    """Add the flags of all measurements; `repeats` is the help of --repeat."""
    add_flag = parser.add_argument
    add_flag("-r", "--repeat", type=count, metavar="N", help=repeats)
    add_flag("--baseline", choices=BASELINES, help="measure Linux in turns beside it")
    add_flag(
        "--seconds",
        type=seconds,
        metavar="S",
        help="how long a run takes (default 5; of a job of a disk 2)",
    )
    add_flag("--streams", type=count, metavar="N", help="parallel streams of throughput")
    add_flag("--protocol", choices=("tcp", "udp"), help="of throughput (default tcp)")
    add_flag(
        "--window", dest="window_kib", type=count, metavar="KIB", help="TCP window of throughput"
    )
    add_flag("--connections", type=count, metavar="N", help="HTTP connections (default 32)")
    add_flag("--path", metavar="PATH", help="what HTTP asks for (default /)")
    add_flag("--guest-port", dest="port", type=count, metavar="PORT", help="where the guest serves")
    add_flag("--count", type=count, metavar="N", help="pings (default 200)")
    add_flag(
        "--jobs",
        type=lambda text: text.split(","),
        metavar="KIND:BYTES:DEPTH,...",
        help="what a disk is to do: read, write, randread, randwrite, as randread:4096:32",
    )
    add_flag("--size", type=int, metavar="BYTES", help="what a ping carries (default 56)")


def stated(options: Namespace) -> dict[str, Any]:
    """Return the choices that the flags state for their measurement.

    Raises UsageError for one that it does not take.
    """
    names = sorted(set().union(*TAKES.values()))
    found = {name: value for name in names if (value := getattr(options, name)) is not None}
    for name in found:
        if name not in TAKES[options.what]:
            takers = " and ".join(what for what in MEASURES if name in TAKES[what])
            raise UsageError(
                f"Measuring {options.what} takes no {name.replace('_', ' ')}.",
                hint=f"It is for {takers}.",
            )
    return found
