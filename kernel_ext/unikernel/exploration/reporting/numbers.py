"""Numbers as tables and notes have them."""

from __future__ import annotations


def number(value: float) -> str:
    """Return a number as people read it: whole where it is large, some digits where it is small."""
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"
