""".mirage.config: what configure was told, for build, describe and clean.

Each word is a line, as in MirageOS 3.9, which keeps there the command line as it was typed: such a
file is read too. Ours begins with where the application is, if not in the folder of this file: with
a word that is no flag, for every flag may be a key's.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from unikernel_toolchain.errors import BadRequest

FILE = ".mirage.config"
_FOLDER = "in:"
_FLAGS = {
    **dict.fromkeys(("-t", "--target"), "target"),
    **dict.fromkeys(("-f", "--file"), "config"),
    **dict.fromkeys(("-o", "--output"), "main"),
    **dict.fromkeys(("-b", "--build-dir"), ""),  # the folder that this file is in
}


@dataclass(frozen=True)
class Told:
    """What configure was told, "" for what it was not.

    `folder` is the application's, from that of this file; `config` its config.ml, from there;
    `main` what the generated main module is called; `words` are flags of keys.
    """

    target: str = ""
    folder: str = ""
    config: str = ""
    main: str = ""
    words: tuple[str, ...] = ()

    def contents(self) -> bytes:
        """Return the contents of the file: the words as bytes, which need be no UTF-8."""
        flags = {"-t": self.target, "-f": self.config, "-o": self.main}
        said = [f"{_FOLDER}{self.folder}"] if self.folder else []
        said += [word for flag, value in flags.items() if value for word in (flag, value)]
        return os.fsencode("".join(f"{_escaped(word)}\n" for word in (*said, *self.words)))


def read(folder: Path) -> Told | None:
    """Return what configure was told that left its files in `folder`; None when none did.

    Raises BadRequest when the file cannot be read.
    """
    try:
        text = os.fsdecode((folder / FILE).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as problem:
        raise BadRequest(
            f"{folder / FILE} cannot be read: {problem}.", hint="Remove it and configure again."
        ) from problem
    return _parsed([_unescaped(line) for line in text.removesuffix("\n").split("\n")])


def merged(before: Sequence[str], words: Sequence[str]) -> tuple[str, ...]:
    """Return the flags of `words`, and those of `before` that they do not name again."""
    again = {_flag(word) for word in words if word.startswith("-")}
    kept: list[str] = []
    keeps = True
    for word in before:
        if word.startswith("-"):  # what follows up to the next is its value
            keeps = _flag(word) not in again
        kept += [word] if keeps else []
    return (*kept, *words)


def _flag(word: str) -> str:
    return word.partition("=")[0]


def _parsed(words: list[str]) -> Told:
    known: dict[str, str] = {}
    while words and not words[0].startswith("-"):  # as in mirage configure
        if words[0].startswith(_FOLDER):
            known["folder"] = words[0].removeprefix(_FOLDER)
        words = words[1:]
    others: list[str] = []
    waiting = iter(words)
    for word in waiting:
        flag, equals, value = word.partition("=")
        if flag in _FLAGS and (equals or word == flag):
            known[_FLAGS[flag]] = value if equals else next(waiting, "")
        else:
            others.append(word)
    known.pop("", None)
    return Told(**known, words=tuple(others))


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("\n", "\\n")


def _unescaped(line: str) -> str:
    return line.replace("\\\\", "\0").replace("\\n", "\n").replace("\0", "\\")
