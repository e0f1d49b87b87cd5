"""`export`: its flags, and what is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unikernel.frontends.commands.arguments import memory_mib, variable
from unikernel.frontends.commands.machines.spec import by_device

if TYPE_CHECKING:
    from unikernel.deployment.export import Exported
    from unikernel.frontends.commands.arguments import Parser
    from unikernel.frontends.commands.call import Call


def add(parser: Parser) -> None:
    """Add the image, the folder, and what is chosen for the server."""
    parser.add_argument("name", metavar="NAME", help="image, or machine")
    parser.add_argument("folder", metavar="DIR", help="folder to leave the files in")
    parser.add_argument("-m", "--memory", type=memory_mib, metavar="MIB", help="RAM of the guest")
    parser.add_argument(
        "-e",
        "--env",
        action="append",
        type=variable,
        metavar="K=V",
        help="variable the guest sees, such as OCAMLRUNPARAM=s=4k",
    )
    _add_devices(parser)
    parser.add_argument(
        "--at", metavar="DIR", help="where the folder will be on the server, if not where it is"
    )
    parser.add_argument(
        "--replace", action="store_true", help="write over files of these names that are there"
    )


def _add_devices(parser: Parser) -> None:
    for flag, value, what in (
        ("--net", "[DEVICE=]BRIDGE", "bridge of the server, such as br0; of a process a tap"),
        (
            "--block",
            "[DEVICE=]DISK",
            "FILE or block device of the server, or FILE,ro (default: in DIR)",
        ),
        ("--kv", "[NAME=]PATH", "folder that a process is given (default: in DIR)"),
    ):
        parser.add_argument(
            flag,
            action="append",
            type=_assignment,
            default=[],
            metavar=value,
            help=f"{what}; without a name, of the first; may be repeated",
        )


def _assignment(text: str) -> tuple[str, str]:
    """Return device and value of `DEVICE=VALUE`; of a bare value the device is ""."""
    device, equals, value = text.partition("=")
    return (device, value) if equals and not {"/", ","} & set(device) else ("", text)


def export(call: Call) -> Exported:
    """Leave an image and what starts it in a folder."""
    from unikernel.deployment.export import export as exported

    options = call.options
    stated: dict[str, Any] = {
        "memory_mib": options.memory,
        "environment": dict(options.env) if options.env else None,
        "arguments": tuple(options.arguments) or None,
    }
    return exported(
        options.name,
        options.folder,
        at=options.at,
        nets=by_device("--net", options.net),
        blocks=by_device("--block", options.block),
        kv=by_device("--kv", options.kv),
        replace=options.replace,
        **stated,
    )
