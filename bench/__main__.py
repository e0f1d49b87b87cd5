"""`python -m bench FOLDER [NAME...]`: runs the benchmarks named, or all the quick ones."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import unikernel

from . import (
    before,
    boot,
    configure,
    console,
    edit,
    lossy,
    native,
    ocaml,
    response,
    size,
    sweep,
    tune,
    xen,
)
from .qemu import LIMIT_S
from .tools.programs import OCAML
from .tools.report import Claim, table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from unikernel.model.measurement import Measurements

BENCHMARKS: dict[str, tuple[Callable[[Path], Measurements], Sequence[Claim]]] = {
    "edit": (edit.run, (edit.RATIO,)),
    "configure": (configure.run, configure.CLAIMS),
    "boot": (boot.run, (boot.RATIO,)),
    "size": (size.run, size.LIMITS),
    "response": (response.run, response.CLAIMS),
    "native": (native.run, native.CLAIMS),
    "lossy": (lossy.run, lossy.RATIOS),
    "ocaml": (ocaml.run, ()),
    "before": (before.run, before.CLAIMS),
    "xen": (xen.run, xen.CLAIMS),
    "console": (console.run, console.CLAIMS),
    "sweep": (sweep.run, sweep.CLAIMS),
    "tune": (tune.run, tune.CLAIMS),
}
ONLY_BY_NAME = frozenset(
    {"native", "lossy", "before", "ocaml", "xen", "console", "sweep", "tune"}
)  # minutes; most need root


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
    _settle_the_accelerator()
    for name in asked.names or (name for name in BENCHMARKS if name not in ONLY_BY_NAME):
        measure, claims = BENCHMARKS[name]
        rows = measure(asked.folder)
        rows.save(asked.folder / f"{name}.jsonl")
        text = "\n".join([*table(rows), *(claim.line(rows) for claim in claims)])
        (asked.folder / f"{name}.txt").write_text(text + "\n", encoding="utf-8")
        print(f"{text}\n")
    print(f"recorded in {asked.folder}")


def _settle_the_accelerator() -> None:
    """Run a guest as users do: a KVM that passes its probe and fails a guest is found here."""
    image = unikernel.build(OCAML, name="bench-hello")
    unikernel.boot(image, timeout_s=LIMIT_S, replace=True).stop()


if __name__ == "__main__":
    main()
