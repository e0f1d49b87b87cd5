"""The process that owns a detached machine: `python -m unikernel.machines.owner`.

It reads a request (JSON) from stdin, leaves its starter's side, boots the machine, answers with
one line of JSON on stdout, and lives as long as the machine. Whoever asked may be gone by then.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from unikernel.errors import UnikernelError
from unikernel_toolchain.errors import ToolchainError

from . import leftovers
from .boot import run
from .core.passed_errors import facts_of
from .core.record import image_of, spec_of
from .prepare import prepare


def main() -> None:
    """Serve one request."""
    request = json.load(sys.stdin)
    if os.fork():
        os._exit(0)  # the starter reaps us now; the child is nobody's
    try:
        launch = prepare(image_of(request), request["name"], spec_of(request), keep=True)
        leftovers.remove_stale()
        machine = run(launch, request["wait"], request["timeout_s"])
    except (UnikernelError, ToolchainError) as error:
        answer(facts_of(error))
        return
    answer({"folder": machine.folder_name})
    machine.wait()


def answer(message: dict[str, Any]) -> None:
    """Write the answer, and close what ties this process to a terminal."""
    print(json.dumps(message), flush=True)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


if __name__ == "__main__":
    main()
