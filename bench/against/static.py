"""A program of Linux: static, on musl. What starting any process costs at least."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from bench.tools.programs import NATIVE_C
from unikernel_toolchain.tools import locate

if TYPE_CHECKING:
    from pathlib import Path


def build(folder: Path) -> Path:
    """Build the program that says the line; return its file in `folder`."""
    musl = locate.musl()
    source, program = folder / "static.c", folder / "static"
    source.write_text(NATIVE_C, encoding="utf-8")
    crt = [str(musl.library.with_name(name)) for name in ("crt1.o", "crti.o", "crtn.o")]
    subprocess.run(
        [
            *("gcc", "-O2", "-s", "-static", "-no-pie", "-nostdlib", "-nostdinc"),
            *("-isystem", str(musl.include), *crt[:2], str(source)),
            *(str(musl.library), crt[2], "-o", str(program)),
        ],
        check=True,
        timeout=60,
    )
    return program
