"""What our file systems and archives hold beside what others say of the same: trees as lines."""

from __future__ import annotations

import hashlib
import subprocess
from typing import TYPE_CHECKING, Any

from .programs import TIME_LIMIT_S

if TYPE_CHECKING:
    from pathlib import Path


def output(*command: object, **options: Any) -> str:
    """Run a program that must do well, and return what it printed."""
    done: subprocess.CompletedProcess[str] = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
        **options,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def tree_of(folder: Path) -> list[str]:
    """Return what the tools in tests/libos/tools print of the same files and folders."""
    lines = []
    for path in folder.rglob("*"):
        shown = f"/{path.relative_to(folder)}"
        if path.is_dir():
            lines.append(f"{shown}/")
        else:
            lines.append(f"{shown} {hashlib.md5(path.read_bytes()).hexdigest()}")
    return sorted(lines)
