"""How a configured application looks: what it needs, its keys, and the graph of its devices."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from unikernel_toolchain.messages.visible import visible, visible_lines

from .pictures import devices
from .results import Result

if TYPE_CHECKING:
    from unikernel_toolchain.model.configuration import Configured, Key, Node

# Sections of the help with keys that every application has; those of the run time are in --help.
_COMMON = frozenset({"MIRAGE PARAMETERS", "OCAML PARAMETERS"})
_SHOWN_CHARACTERS = 60  # of a key's value


@dataclass(frozen=True, repr=False)
class DotText(Result):
    """The graph in Graphviz's language, to be given to it."""

    text: str

    def __str__(self) -> str:
        return visible_lines(self.text.rstrip("\n"))


@dataclass(frozen=True, repr=False)
class Description(Result):
    """A configured application as text, and as a picture of its graph where there are pictures."""

    configured: Configured
    notes: tuple[str, ...] = ()
    next_step: str = ""

    def __str__(self) -> str:
        return visible_lines("\n".join([*self._lines(), "", *tree(self.configured), *self._end()]))

    def _repr_html_(self) -> str:
        picture = devices.svg(self.configured)
        facts = "\n".join(map(visible, self._lines()))
        end = "".join(f"<div>{escape(visible(line))}</div>" for line in self._end())
        return f'<pre style="margin: 0; padding: 0">{escape(facts)}</pre>{picture}{end}'

    def _lines(self) -> list[str]:
        it = self.configured
        devices = ", ".join(map(str, it.devices)) or "none"
        packages = ", ".join(package.name for package in it.packages) or "none"
        lines = [f"{it.name}: configured for {it.target}"]
        lines += [f"devices   {devices}", f"packages  {packages}"]
        keys = [key for key in it.keys if key.section not in _COMMON]
        width = max((len(_flag(key)) for key in keys), default=0)
        lines += ["keys"] if keys else []
        lines += [f"  {_flag(key):{width}}  {_value(key)}  ({key.stage})" for key in keys]
        return lines

    def _end(self) -> list[str]:
        next_step = [f"Next: {self.next_step}"] if self.next_step else []
        return [*(f"Note: {note}" for note in self.notes), *next_step]


def _flag(key: Key) -> str:
    return max(key.flags, key=len) if key.flags else f"--{key.name}"


def _value(key: Key) -> str:
    text = visible(key.value) or "not set"
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def tree(configured: Configured) -> list[str]:
    """Return the graph as lines, each device below what is made from it.

    One that was there before is named again, without what it is made from.
    """
    nodes = {node.id: node for node in configured.nodes}
    lines: list[str] = []
    seen: set[int] = set()

    def add(node: Node, depth: int) -> None:
        again = node.id in seen and bool(node.inputs or node.deps)
        keys = f"  [{', '.join(node.keys)}]" if node.keys else ""
        name = configured.title(node)
        lines.append(f"{'  ' * depth}{name}{' …' if again else keys}")
        if node.id in seen:
            return
        seen.add(node.id)
        for other in (*node.inputs, *node.deps):
            if other in nodes:
                add(nodes[other], depth + 1)

    if configured.root in nodes:
        add(nodes[configured.root], 0)
    return lines
