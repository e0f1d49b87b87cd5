"""`python -m bench FOLDER [NAME...]`: runs the benchmarks, all or those named."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from . import answer, boot, edit, footprint, lossy
from .report import Limit, Ratio, table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from unikernel.measurement import Measurements

BENCHMARKS: dict[str, tuple[Callable[[Path], Measurements], Sequence[Ratio | Limit]]] = {
    "edit": (edit.run, (edit.RATIO,)),
    "boot": (boot.run, (boot.RATIO,)),
    "footprint": (footprint.run, footprint.LIMITS),
    "lossy": (lossy.run, lossy.RATIOS),
    "answer": (answer.run, answer.CLAIMS),
}


def main() -> None:
    """Write FOLDER/NAME.jsonl and FOLDER/NAME.txt, and print the latter."""
    parser = argparse.ArgumentParser(prog="./lab bench")
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(BENCHMARKS):
        parser.error(
            f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}"
        )
    asked.folder.mkdir(parents=True, exist_ok=True)
    for name in asked.names or BENCHMARKS:
        measure, claims = BENCHMARKS[name]
        rows = measure(asked.folder)
        rows.save(asked.folder / f"{name}.jsonl")
        text = "\n".join([*table(rows), *(claim.line(rows) for claim in claims)])
        (asked.folder / f"{name}.txt").write_text(text + "\n", encoding="utf-8")
        print(f"{text}\n")
    print(f"recorded in {asked.folder}")


if __name__ == "__main__":
    main()
