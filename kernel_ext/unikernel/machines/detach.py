"""Booting a machine that outlives this process: another process, made for it, owns it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from unikernel.errors import BootFailed, NameTaken
from unikernel.model.spec import Spec
from unikernel_toolchain.model.image import Image
from unikernel_toolchain.tools.progress import Progress

from . import attach
from .core.boot_progress import WaitPoint
from .core.launch import Launch
from .core.machine import Machine
from .core.passed_errors import error_of
from .core.record import image_facts, spec_facts
from .prepare import prepare


def detach(
    image: Image,
    /,
    *,
    name: str | None = None,
    wait: WaitPoint = "ready",
    timeout_s: float = 5.0,
    replace: bool = False,
    progress: Progress | None = None,
    **choices: Any,
) -> Machine:
    """Boot like `boot`, but leave the machine to a process of its own, and return a view of it.

    The machine goes on when this process ends. What its console said and how it ended can be
    looked at for an hour afterwards. Raises what `boot` raises; NameTaken when any process of
    this user runs a machine of that name.
    """
    launch = prepare(image, name, Spec(**choices), progress=progress)
    _make_room(launch.name, replace=replace)
    folder = _ask_owner(launch, wait, timeout_s)
    for one in attach.machines():
        if one.folder_name == folder:
            return one
    raise BootFailed(
        f"{launch.name!r} was started, and what it left is gone.",
        hint="Another process of yours stopped it or cleaned up. Boot it again.",
    )


def _make_room(name: str, *, replace: bool) -> None:
    for one in attach.named(name):
        if not one.exit and not replace:
            raise NameTaken(
                f"A machine named {name!r} is {one.state}, owned by process {one.owner_pid}.",
                hint="Stop it, replace it (--replace), or give the new one another name (--name).",
            )
        one.stop()
        one.forget()


def _ask_owner(launch: Launch, wait: WaitPoint, timeout_s: float) -> str:
    request = {
        "name": launch.name,
        "image": image_facts(launch.image),
        "spec": spec_facts(launch.spec),
        "wait": wait,
        "timeout_s": timeout_s,
    }
    output = subprocess.run(
        (sys.executable, "-m", "unikernel.machines.owner"),
        input=json.dumps(request),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        check=False,
    ).stdout
    try:
        answer = json.loads(output.splitlines()[-1])
    except (IndexError, ValueError):
        raise BootFailed(
            "The process that was to own the machine ended without an answer.", detail=output
        ) from None
    if "error" in answer:
        raise error_of(answer, BootFailed)
    return str(answer["folder"])
