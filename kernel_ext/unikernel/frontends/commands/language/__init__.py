"""What is written about OCaml packages, modules and values: the flag and what it does."""

from __future__ import annotations

from unikernel.frontends.commands.command import Command

from . import doc

COMMANDS = {
    "doc": Command(
        doc.add, "show what is written about a package, a module or a value", doc.doc, doc.operands
    ),
}
