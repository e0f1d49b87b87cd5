"""A gdb with everything set and an image's program and sources loaded, on no guest yet."""

from __future__ import annotations

from collections.abc import Callable

from unikernel_toolchain.tools import locate

from .mi import quoted
from .session import Session
from .workspace import Workspace

PROGRAM = "gdb"
SETTINGS = (
    *("set confirm off", "set pagination off", "set width 0", "set height 0"),
    *("set style enabled off", "set breakpoint pending off", "set print elements 200"),
    *("set max-value-size 65536", "set backtrace limit 200", "set auto-solib-add off"),
    *("set python print-stack none", "set remotetimeout 10", "set stack-cache off"),
)


def lines(files: Workspace) -> tuple[str, ...]:
    """Return the commands that make a gdb ready for an image."""
    folders = ":".join(path_word(folder) for folder in files.source_folders)
    return (*SETTINGS, f"directory {folders}", f"file {path_word(files.program)}")


def path_word(path: object) -> str:
    """Return a path as one word of gdb's language."""
    return f'"{path}"' if " " in str(path) else str(path)


async def launched(files: Workspace, on_hold: Callable[[bool], None]) -> Session:
    """Start gdb with an image's files. Raises ToolMissing, and what Session.request raises."""
    session = await Session.start(locate.require(PROGRAM), on_hold)
    try:
        for line in lines(files):
            await session.request(f"-interpreter-exec console {quoted(line)}")
    except BaseException:
        await session.close()
        raise
    return session
