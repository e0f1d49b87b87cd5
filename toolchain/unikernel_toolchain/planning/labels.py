"""What errors call a program's sources, and sources that tell compilers so."""

from __future__ import annotations

from pathlib import PurePath

from unikernel_toolchain.model.config import Config

_LINE_DIRECTIVE = {".c": "#line", ".h": "#line"}  # and # in OCaml


def source_label(config: Config, file: str) -> str:
    """Return what errors call this source: a file by its path, a notebook's cell by its image."""
    if file in config.labels:
        return config.labels[file]
    return f"cell {config.name}" if len(config.sources) == 1 else file


def numbered(config: Config) -> dict[str, str]:
    """Return the sources with what has errors carry their own names and lines."""
    # An error at the end is on the last line of the cell, not behind it.
    return {
        name: f"{_LINE_DIRECTIVE.get(PurePath(name).suffix, '#')} {config.first_line} "
        f'"{source_label(config, name)}"\n{text.rstrip()}'
        for name, text in config.sources.items()
    }
