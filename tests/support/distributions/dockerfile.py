"""A Dockerfile's instructions, and a shell script that does in a tree what a build does.

Docker's reference: https://docs.docker.com/reference/dockerfile/. Read is what our Dockerfiles and
repo2docker's have: no heredocs, no parser directives.
"""

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass

HEAD = """set -eu
workdir=/
user=root
run() {
    if [ "$user" = root ]; then (cd "$workdir" && /bin/sh -c "$1"); return; fi
    id=$(id -u "$user")
    group=$(id -g "$user")
    HOME=$(getent passwd "$user" | cut -d: -f6)
    (cd "$workdir" && setpriv --reuid "$id" --regid "$group" --clear-groups /bin/sh -c "$1")
}
"""


@dataclass(frozen=True)
class Instruction:
    """One instruction: its word, and what follows with continued lines joined."""

    word: str
    rest: str


def instructions(text: str) -> list[Instruction]:
    """Return the instructions of a Dockerfile."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\s*\n", " ", "\n".join(lines))
    words = (line.strip().split(None, 1) for line in joined.splitlines() if line.strip())
    return [Instruction(word.upper(), rest) for word, rest in words]


Substitute = Callable[[Instruction], str | None]


def as_script(made_of: list[Instruction], substitute: Substitute) -> str:
    """Return a script that does these in a tree, as root.

    `substitute` says what stands for an instruction that cannot be done there, a shell's command of
    root's; None leaves it as it is.
    """
    lines: list[str] = []
    for one in made_of:
        other = substitute(one)
        lines += [other] if other is not None else _lines(one)
    return "\n".join([HEAD, *lines, ""])


def _lines(one: Instruction) -> list[str]:
    if one.word == "ENV":
        pairs = (pair.split("=", 1) for pair in shlex.split(one.rest))
        return [f'export {name}="{value}"' for name, value in pairs]
    if one.word == "ARG":
        name, _, value = one.rest.partition("=")
        return [f'export {name}="${{{name}-{value}}}"']
    if one.word == "USER":
        return [f'user="{one.rest}"']
    if one.word == "WORKDIR":
        return [f'workdir="{one.rest}"; mkdir -p "$workdir"']
    if one.word == "RUN":
        return [f"run {shlex.quote(one.rest)}"]
    if one.word in {"FROM", "CMD", "ENTRYPOINT", "EXPOSE", "LABEL"}:
        return []
    raise ValueError(f"what stands for {one.word} {one.rest} in a tree?")
