"""The flags that wire a machine's network devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unikernel.model.network_options import assignment
from unikernel.model.port_forward import parse as forward

if TYPE_CHECKING:
    from unikernel.frontends.commands.arguments import Parser

KINDS = ("lan:", "tap", "user", "user,host", "user,internet")  # what completion offers


def add_nets(parser: Parser) -> None:
    """Let the command wire devices."""
    parser.add_argument(
        "--net",
        action="append",
        type=assignment,
        default=[],
        metavar="[DEVICE=]NETWORK",
        help="user (default; the guest reaches nothing by itself), user,internet or user,host (it "
        "reaches other hosts, or this one), tap[:IFNAME] or lan:SEGMENT, as in "
        "service=tap,address=10.0.1.1/24; without a device, of the first; may be repeated",
    )
    parser.values["--net"] = KINDS


def add_ports(parser: Parser) -> None:
    """Let the command forward ports and capture frames."""
    parser.add_argument(
        "-p",
        "--port",
        action="append",
        type=forward,
        default=[],
        metavar="[ADDRESS:]HOST:GUEST[/udp]",
        help="host port that leads to the first device, as 8080:80 (0:80: any free one); "
        "may be repeated",
    )
    parser.add_argument(
        "--pcap",
        action="append",
        type=capture,
        default=[],
        metavar="DEVICE[=FILE]",
        help="write the device's frames to FILE (default MACHINE-DEVICE.pcap); may be repeated",
    )


def capture(text: str) -> tuple[str, str]:
    """Return device and file of `DEVICE[=FILE]`; the file is "" where none is named."""
    device, _, file = text.partition("=")
    return device, file
