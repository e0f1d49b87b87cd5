"""The linker's arguments for programs of either language, and what goes over what it made."""

from __future__ import annotations

from unikernel_toolchain import postlink
from unikernel_toolchain.library_os.base import Base
from unikernel_toolchain.model.config import Config

PRODUCT = "image.elf"
MAP = "image.map"


def passes(config: Config, base: Base) -> tuple[str, ...]:
    """Return the passes over the linked image, in their order. Raises BadRequest."""
    without = (*base.target.without_passes, *config.without_passes)
    return postlink.chosen(config.language, without)


def command(base: Base) -> list[str]:
    """Return the linker's arguments before the objects. musl's libm comes ahead of glibc's."""
    tools = base.tools
    return [
        *(str(tools.ld), *base.target.link_flags, "-T", str(base.link_script)),
        *("-Map", MAP, "--cref"),  # its cross references say why something is in the image
        *(f"-L{tools.musl.library.parent}", f"-L{tools.gcc_libraries}"),
    ]


def archives(base: Base, *libraries: str) -> list[str]:
    """Return the archives as arguments of the linker.

    `sys` is linked whole, so that its definitions win over musl's own for musl's calls too.
    """
    system = ("--whole-archive", str(base.library("sys")), "--no-whole-archive")
    beneath = (base.library("platform"), base.tools.musl.library, base.tools.libgcc)
    return [*system, "--start-group", *libraries, *map(str, beneath), "--end-group"]
