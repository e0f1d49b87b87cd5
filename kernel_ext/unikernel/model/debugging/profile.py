"""A profile: in which functions a guest was, and who had called them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from unikernel.errors import UsageError
from unikernel.model.calls.saving import saved
from unikernel.model.measurement import Scalar

if TYPE_CHECKING:
    import pandas as pd

Calls = tuple[str, ...]  # names of functions, the outermost first
OCAML, RUNTIME, C = "OCaml", "OCaml's runtime", "C"
_SHOWN = 15  # functions, in the text
FOLDED = (".folded", ".txt")


@dataclass(frozen=True)
class Function:
    """How often a function ran itself, and how often it or what it had called."""

    name: str
    own: int
    total: int


def kind(name: str) -> str:
    """Return what a function is of: OCAML, RUNTIME, or C, which is all else."""
    if name[:1].isupper() and "." in name:
        return OCAML
    return RUNTIME if name.startswith("caml_") else C


@dataclass(frozen=True)
class Profile:
    """Calls, and in how many looks at the guest it was in them.

    `idle` is how often it waited instead, `seconds` how long it was looked at and `held_s` for how
    much of that it stood still to be looked at; `put_off` looks were later than asked for, since
    looks took long. `dimensions` say what ran where, and `origins` for
    functions in which part of the image they are: "musl, memcpy".
    """

    machine: str
    calls: Mapping[Calls, int]
    idle: int
    seconds: float
    held_s: float
    dimensions: Mapping[str, Scalar]
    origins: Mapping[str, str] = field(default_factory=dict)
    put_off: int = 0

    @property
    def samples(self) -> int:
        """How often it was seen at work."""
        return sum(self.calls.values())

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """The functions it was seen in, by what they did themselves; the busiest first."""
        own: Counter[str] = Counter()
        total: Counter[str] = Counter()
        for calls, count in self.calls.items():
            own[calls[-1]] += count
            for name in set(calls):
                total[name] += count
        found = (Function(name, own[name], total[name]) for name in total)
        return tuple(sorted(found, key=lambda one: (-one.own, -one.total, one.name)))

    @property
    def title(self) -> str:
        """What was seen, in a line."""
        looks = self.samples + self.idle
        idle = f", idle in {self.idle / looks:.0%}" if self.idle else ""
        held = self.held_s / self.seconds if self.seconds else 0.0
        less = ", less often than asked since looks take long" if self.put_off > looks / 10 else ""
        return (
            f"{self.machine}: looked at {looks:,} times in {self.seconds:.1f} s{less}{idle} "
            f"(held for it {held:.1%} of the time)"
        )

    def folded(self) -> str:
        """Return one line for each way of calls: `main;f;g 12`, as flamegraph.pl takes it.

        Speedscope, inferno and hotspot read that, too.
        """
        lines = (f"{';'.join(calls)} {count}" for calls, count in sorted(self.calls.items()))
        return "".join(f"{line}\n" for line in lines)

    def to_frame(self) -> pd.DataFrame:
        """Return the functions as a pandas DataFrame: name, kind, origin, own and total samples."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def rows(self) -> list[dict[str, Scalar]]:
        """Return the functions as rows of a table."""
        shares = self.samples or 1
        return [
            {
                "function": one.name,
                "kind": kind(one.name),
                "of": self.origins.get(one.name, ""),
                "own": one.own,
                "total": one.total,
                "own_share": one.own / shares,
                "total_share": one.total / shares,
            }
            for one in self.functions
        ]

    def _of(self, name: str) -> str:
        return f" ({self.origins[name]})" if name in self.origins else ""

    def save(self, path: str) -> None:
        """Write the folded calls. Raises UsageError when that cannot be."""
        if Path(path).suffix not in FOLDED:
            raise UsageError(
                f"Cannot write {path}: folded calls go into a file that ends in "
                f"{' or '.join(FOLDED)}.",
                hint="plots.flame(profile).save(path) writes .svg, .png, .pdf and .csv.",
            )
        with saved(path) as file:
            file.write_text(self.folded(), encoding="utf-8")

    def __str__(self) -> str:
        shares = self.samples or 1
        lines = [
            f"{one.own / shares:7.1%} {one.total / shares:7.1%}  {one.name}{self._of(one.name)}"
            for one in self.functions[:_SHOWN]
        ]
        more = len(self.functions) - len(lines)
        heading = ["    own   total  function"] if lines else ["It was never seen at work."]
        rest = [f"and {more:,} functions more"] if more else []
        return "\n".join([self.title, *heading, *lines, *rest])
