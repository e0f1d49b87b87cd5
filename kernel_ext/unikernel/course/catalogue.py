"""The labs there are, and copies of them to work on."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from unikernel.errors import UnikernelError, UsageError, did_you_mean
from unikernel.model.calls.arguments import checked
from unikernel.render.results import Result, Table
from unikernel_toolchain.messages import os_errors
from unikernel_toolchain.model import typed

if TYPE_CHECKING:
    from collections.abc import Iterator

_INSTALLED = Path(__file__).parent / "labs"  # in a wheel
_CHECKOUT = Path(__file__).parents[3] / "notebooks" / "labs"


@dataclass(frozen=True)
class Lab:
    """A lab: its notebook and what that says of itself.

    `minutes` is what a student needs who has read what it names. `targets` are those it works on.
    `needs_qemu` says that it takes QEMU on every target, for networks.
    """

    number: int
    name: str
    title: str
    path: Path
    minutes: int
    targets: tuple[str, ...]
    needs_qemu: bool = False


class Labs(tuple[Lab, ...], Result):
    """Labs in the order of the course."""

    __slots__ = ()

    def __str__(self) -> str:
        return str(self._table())

    def _repr_html_(self) -> str:
        return self._table()._repr_html_()

    def _table(self) -> Table:
        rows = tuple(
            (str(lab.number), lab.name, lab.title, str(lab.minutes), ", ".join(lab.targets))
            for lab in self
        )
        return Table(("LAB>", "NAME", "ABOUT", "MINUTES>", "TARGETS"), rows, "There are no labs.")


@dataclass(frozen=True, repr=False)
class Copied(Result):
    """What was copied, and what was left as it was."""

    folder: Path
    copied: tuple[str, ...]
    kept: tuple[str, ...]

    def __str__(self) -> str:
        said = [f"Copied to {self.folder}: {', '.join(self.copied)}."] if self.copied else []
        if self.kept:
            said.append(f"These are there and stay as they are: {', '.join(self.kept)}.")
        return "\n".join(said)


@cache
def labs() -> Labs:
    """Return the labs of the course, in their order."""
    folder = _CHECKOUT if _CHECKOUT.is_dir() else _INSTALLED
    return Labs(_lab(path) for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")))


def lab(name: str) -> Lab:
    """Return the lab of that name. Raises UsageError when there is none, BadRequest for no text."""
    known = {one.name: one for one in labs()}
    if typed.text("lab", name) in known:
        return known[name]
    raise UsageError(f"There is no lab {name!r}.", hint=did_you_mean(name, known))


def originals_here() -> bool:
    """Say whether the current folder is that of a checkout's own labs."""
    return _CHECKOUT.is_dir() and Path.cwd() == _CHECKOUT


@checked
def copy(folder: str | Path) -> Copied:
    """Copy the labs into `folder`, which is made; a notebook that is there stays as it is.

    Raises UnikernelError when the folder cannot be written to.
    """
    place = Path(folder)
    with _copying_to(place):
        place.mkdir(parents=True, exist_ok=True)
        copied: list[str] = []
        kept: list[str] = []
        for one in labs():
            target = place / one.path.name
            (kept if target.exists() else copied).append(target.name)
            if target.name in copied:
                write_whole(target, one.path.read_text(encoding="utf-8"))
    return Copied(place, tuple(copied), tuple(kept))


def write_whole(path: Path, text: str) -> None:
    """Write a file that is there whole or not at all. Raises OSError."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _copying_to(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise UnikernelError(
            f"The labs cannot be copied to {place}: {os_errors.reason(problem)}.",
            hint="Name another folder: unikernel course FOLDER",
        ) from problem


def _lab(path: Path) -> Lab:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    number, _, name = path.stem.partition("_")
    facts = notebook["metadata"]["unikernel"]
    return Lab(
        number=int(number),
        name=name,
        title=next(_headings(notebook)).partition(". ")[2],
        path=path,
        minutes=facts["minutes"],
        targets=tuple(facts["targets"]),
        needs_qemu=facts.get("needs_qemu", False),
    )


def _headings(notebook: dict[str, list[dict[str, str]]]) -> Iterator[str]:
    for cell in notebook["cells"]:
        for line in "".join(cell["source"]).splitlines():
            if cell["cell_type"] == "markdown" and line.startswith("# "):
                yield line
