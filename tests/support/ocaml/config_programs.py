"""Programs of the host that are compiled against the library of config.ml."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from unikernel_toolchain.configuration import host_library
from unikernel_toolchain.configuration.host_library import HostLibrary
from unikernel_toolchain.tools.locate import locate
from unikernel_toolchain.tools.progress import Steps
from unikernel_toolchain.tools.run import Stop

TIME_LIMIT_S = 60
TARGET = ("-t", "virtio")


@dataclass(frozen=True)
class Evaluated:
    """What became of a config.ml: how its program ended, and the answer if there is one."""

    status: int
    stdout: str
    stderr: str
    answer: dict[str, Any] | None


@cache
def library() -> HostLibrary:
    found = host_library.expected(locate(), Stop())
    host_library.ensure(found, Steps(lambda *_: None, host_library.STEPS), Stop())
    return found


def compiled(text: str, folder: Path, name: str = "config") -> subprocess.CompletedProcess[str]:
    """Compile the text of a program into `folder`, or what the compiler says of it."""
    (folder / f"{name}.ml").write_text(text)
    found = library()
    command = (str(found.tools.ocamlopt), "-g", *found.search, *found.archives, f"{name}.ml")
    return subprocess.run(
        (*command, "-o", name), cwd=folder, capture_output=True, text=True, timeout=TIME_LIMIT_S
    )


def evaluated(
    text: str,
    folder: Path,
    *words: str,
    action: str = "configure",
    options: tuple[str, ...] = (),
    env: Mapping[str, str] | None = None,
) -> Evaluated:
    """Compile a config.ml, run it with these words, and return what it did."""
    done = compiled(text, folder)
    assert done.returncode == 0, done.stderr
    return run(folder, *words, action=action, options=options, env=env)


def run(
    folder: Path,
    *words: str,
    action: str = "configure",
    options: tuple[str, ...] = (),
    env: Mapping[str, str] | None = None,
) -> Evaluated:
    """Run the program that was compiled in `folder`."""
    answer = folder / "answer"
    done = subprocess.run(
        (str(folder / "config"), action, "--answer", str(answer), *options, *words),
        cwd=folder,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
    )
    found = json.loads(answer.read_text()) if answer.exists() else None
    return Evaluated(done.returncode, done.stdout, done.stderr, found)


def answered(
    text: str,
    folder: Path,
    *words: str,
    options: tuple[str, ...] = (),
    env: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the answer of a config.ml that is right."""
    result = evaluated(text, folder, *words, options=options, env=env)
    assert result.status == 0, result.stderr
    assert result.stderr == ""
    assert result.answer is not None
    return result.answer
