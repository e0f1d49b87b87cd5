"""The command `packets`: what is in a capture, as a table and as a chart."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from unikernel.errors import UsageError, did_you_mean
from unikernel.frontends.commands.arguments import count
from unikernel.machines import registry
from unikernel.model.debugging.packets import PacketFilter
from unikernel.render.results import Note

if TYPE_CHECKING:
    from unikernel.frontends.commands.arguments import Parser
    from unikernel.frontends.commands.call import Call
    from unikernel.render.packets import PacketView

FLAGS = ("arp", "dhcp", "dns", "http", "icmp", "tcp", "udp")


def add(parser: Parser) -> None:
    """Describe the command."""
    parser.add_argument(
        "name", metavar="NAME", help="machine booted with --pcap, MACHINE:DEVICE, or a pcap file"
    )
    for protocol in FLAGS:
        parser.add_argument(
            f"--{protocol}",
            dest="protocols",
            action="append_const",
            const=protocol,
            help=f"only {protocol.upper()}; of several such flags, any",
        )
    parser.add_argument(
        "--port", dest="ports", type=count, action="append", metavar="N", help="only from or to it"
    )
    parser.add_argument(
        "--host", dest="hosts", action="append", metavar="ADDRESS", help="only from or to it"
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="write the chart (.svg) or the packets (.csv)"
    )


def packets(call: Call) -> PacketView | Note:
    """Show what is in a capture; of a machine that runs, what it has sent and got so far.

    Raises UsageError when there is no such capture or file, or it is damaged from its beginning.
    """
    from unikernel import api

    options = call.options
    wanted = PacketFilter(options.protocols or (), options.ports or (), options.hosts or ())
    view = api.packets(_file(options.name), wanted)
    if not options.output:
        return view
    view.save(options.output)
    return Note(f"Wrote {options.output}")


def _file(what: str) -> str:
    """Return the file that a person means: a machine's capture, or a file's name."""
    name, _, device = what.partition(":")
    known = {one.name: one for one in (*registry.machines(), *registry.others())}
    if name not in known:
        if Path(what).exists() or "/" in what:
            return what
        raise UsageError(
            f"There is no machine and no file {what!r}.", hint=did_you_mean(name, known)
        )
    captures = known[name].spec.captures
    if not captures:
        raise UsageError(
            f"The frames of {name!r} are not written down.",
            hint="Boot it with --pcap DEVICE=FILE.",
        )
    device = device or next(iter(captures))
    if device not in captures:
        raise UsageError(
            f"{name!r} has no capture of {device!r}.", hint=did_you_mean(device, captures)
        )
    return captures[device]
