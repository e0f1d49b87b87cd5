"""The flags that put disks behind a machine's block devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unikernel.model import block, directory

if TYPE_CHECKING:
    from unikernel.frontends.commands.arguments import Parser


def add_blocks(parser: Parser) -> None:
    """Let the command name disks."""
    parser.add_argument(
        "--block",
        action="append",
        type=block.assignment,
        default=[],
        metavar="[DEVICE=]DISK",
        help="64M (fresh, thrown away), FILE (kept; raw, or .qcow2), FILE,ro, FILE,snapshot (what "
        "is written is thrown away), FILE,size=64M (made where there is none) or none (waits for "
        "disk attach); without a "
        "device, of the first; may be repeated",
    )
    parser.add_argument(
        "--kv",
        action="append",
        type=directory.assignment,
        default=[],
        metavar="[NAME=]DIR",
        help="folder of the host that a process keeps values in; DIR,ro is only read; may be "
        "repeated",
    )
