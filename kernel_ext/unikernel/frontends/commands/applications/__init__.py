"""The commands about applications with a config.ml, and `mirage`, MirageOS 3.9's tool."""

from __future__ import annotations

from unikernel.frontends.commands.command import Command

from . import actions, arguments, mirage

COMMANDS = {
    "config": Command(
        arguments.config,
        "configure a cell's config.ml as NAME",
        actions.config,
        parse=arguments.parse,
        takes_cell=True,
    ),
    "configure": Command(
        arguments.configure,
        "configure the application in a folder",
        actions.configure,
        parse=arguments.parse,
    ),
    "describe": Command(
        arguments.describe,
        "describe a configured application",
        actions.describe,
        parse=arguments.parse,
    ),
    "run": Command(
        arguments.run, "build the application in a folder, and boot it", actions.run, for_guest=True
    ),
    "mirage": Command(
        mirage.add,
        "take a command line of MirageOS 3.9's tool",
        None,
        mirage.operands,
        parse=lambda _, argv: mirage.parse(argv[1:]),
    ),
}
