"""Why a module is in an image, as text and as HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from unikernel_toolchain.messages.visible import visible

if TYPE_CHECKING:
    from unikernel_toolchain.report.reasons import Reason

KIB = 1024


def reason_text(reason: Reason) -> str:
    """Return the chain of references, a module a line."""
    return "\n".join([_heading(reason), *(f"  {visible(line)}" for line in reason.lines())])


def reason_html(reason: Reason) -> str:
    """Return `reason_text` as HTML: a list of steps."""
    steps = "".join(f"<li>{escape(visible(line))}</li>" for line in reason.lines())
    style = "list-style: none; margin: 0; padding-left: 1em"
    return f'<div>{escape(_heading(reason))}<ol style="{style}">{steps}</ol></div>'


def _heading(reason: Reason) -> str:
    kind = "" if reason.is_ocaml else "no OCaml module: an object of C, "
    of = f"{kind}package {reason.package}, {reason.size_bytes / KIB:,.1f} KiB"
    return visible(f"{reason.module} ({of}) is in the image because of:")
