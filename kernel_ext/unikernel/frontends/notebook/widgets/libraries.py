"""Libraries of JavaScript that come with us (notebook/vendored), for widgets whose page asks.

A library is not part of a widget's code: that would be a third of a megabyte in the state of each.
A page asks once, by a message of any widget (library.js), and keeps it for all.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "vendored"
TABLE: dict[str, dict[str, Any]] = json.loads((FOLDER / "versions.json").read_text("utf-8"))
LOADER = Path(__file__).with_name("library.js").read_text("utf-8")


def message(name: str) -> tuple[dict[str, Any], list[bytes]]:
    """Return what answers {"kind": "library", "name": name}: a message, and files as its buffers.

    A name that we have no library of gets no files.
    """
    files = [file for file in TABLE.get(name, {"files": ()})["files"] if file != "LICENSE"]
    content = {"kind": "library", "name": name, "files": files}
    return content, [(FOLDER / name / file).read_bytes() for file in files]
