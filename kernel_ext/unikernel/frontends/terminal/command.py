"""What is installed as the program `unikernel`.

Its modules take half a second to load. Whoever thinks better of a command in that time is to see no
traceback: so they are loaded where an interrupt ends the command as it does later.
"""

from __future__ import annotations

import signal

INTERRUPTED = 128 + signal.SIGINT  # as a shell reports a program that a signal ended


def main() -> int:
    """Do this process's command and return the exit status."""
    try:
        from .cli import main as command
    except KeyboardInterrupt:
        return INTERRUPTED
    return command()
