"""Guests of a few statements that are processes: no library OS, only the host's C compiler.

They have the words of tiny_guest; pieces are added up in the same way.
"""

import json
import subprocess
from pathlib import Path

from support.images import devices_of, image_of
from unikernel_toolchain.model.image import Image

SOURCE = Path(__file__).with_suffix(".c")
FLAGS = ("-O1", "-static", "-nostdlib", "-ffreestanding", "-fno-stack-protector", "-no-pie")

LOOP = "for (;;) ;"
ECHO = "echo();"
DEAF = "ignore(15);"  # SIGTERM


def say(text: str) -> str:
    return f"say({json.dumps(text)});"


def stamp(milestone: int) -> str:
    return f"stamp({int(milestone)});"


def trace_ending(kind: int, status: int, text: str = "") -> str:
    return f"trace_ending({int(kind)}, {status}, {json.dumps(text)});"


def leave(value: int) -> str:
    return f"leave({value});"


def refuse(sentence: str) -> str:
    return f"refuse({json.dumps(sentence)});"


# Says a line and traces its boot.
TRACED = "".join(map(stamp, range(1, 5))) + say("hello\n") + stamp(5)


def image(
    folder: Path,
    code: str,
    name: str = "tiny",
    extra_memory: int = 0,
    nets: tuple[str, ...] = (),
    blocks: tuple[str, ...] = (),
) -> Image:
    """An image of `code` in `folder`."""
    path = folder / f"{name}.elf"
    definitions = (f"-DGUEST={code}", f"-DEXTRA_MEMORY={extra_memory}")
    subprocess.run(("gcc", *FLAGS, *definitions, SOURCE, "-o", path), check=True)
    return image_of(path, name, target="unix", devices=devices_of(nets, blocks))
