"""The graph of an application's devices as SVG: Graphviz's where it is installed, else our own.

Our own is layered (Sugiyama and others, 1981, in its simplest form): a node's layer is the length
of the longest way down from it, so that every arrow points down; within a layer nodes are moved
towards the middle of what they point at, a few times over.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

from unikernel_toolchain.messages.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unikernel_toolchain.model.configuration import Configured, Node

_TIME_LIMIT_S = 10.0
_SWEEPS = 4
_CHARACTER, _LINE, _GAP, _LAYER = 7, 22, 24, 64  # pixels
_LABEL_CHARACTERS = 36
_TEXT = "var(--jp-ui-font-color1, #333)"
_EDGE = "var(--jp-ui-font-color2, #808080)"
_BOX = "var(--jp-layout-color2, #eef3f8)"


def svg(configured: Configured) -> str:
    """Return the picture, as an element for a page."""
    drawn = _by_graphviz(configured.dot) if shutil.which("dot") else ""
    return drawn or own(configured)


def _by_graphviz(dot: str) -> str:
    """Return Graphviz's picture, "" when it makes none."""
    try:
        answer = subprocess.run(
            ["dot", "-Tsvg"],
            input=dot,
            capture_output=True,
            text=True,
            timeout=_TIME_LIMIT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    found = re.search(r"<svg.*</svg>", answer.stdout, re.DOTALL)
    return found[0] if found else ""


def own(configured: Configured) -> str:
    """Return a picture of the application's devices, with arrows to what each is made from."""
    nodes = configured.reached
    below = _edges(nodes)
    labels = {node.id: _label(configured.title(node)) for node in nodes}
    boxes = _boxes(_ordered(_layers(below), below), labels)
    width = max((box.right for box in boxes.values()), default=0) + _GAP
    height = max((box.bottom for box in boxes.values()), default=0) + _GAP
    arrows = [boxes[one].arrow_to(boxes[other]) for one in below for other in below[one]]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" style="max-width: 100%" '
        f'font-family="monospace" font-size="12"><title>devices of the unikernel</title>'
        f"{''.join(arrows)}{''.join(box.drawn() for box in boxes.values())}</svg>"
    )


@dataclass(frozen=True)
class _Box:
    """A node in the picture: its label, and its place in pixels."""

    label: str
    left: int
    top: int

    @property
    def right(self) -> int:
        return self.left + _CHARACTER * len(self.label) + 16

    @property
    def bottom(self) -> int:
        return self.top + _LINE

    @property
    def middle(self) -> int:
        return (self.left + self.right) // 2

    def drawn(self) -> str:
        return (
            f'<rect x="{self.left}" y="{self.top}" width="{self.right - self.left}" '
            f'height="{_LINE}" rx="4" fill="{_BOX}" stroke="{_EDGE}"/>'
            f'<text x="{self.middle}" y="{self.top + 15}" text-anchor="middle" fill="{_TEXT}">'
            f"{escape(self.label)}</text>"
        )

    def arrow_to(self, other: _Box) -> str:
        x, y = other.middle, other.top
        return (
            f'<path d="M{self.middle} {self.bottom}L{x} {y}m-4 -7L{x} {y}l4 -7" fill="none" '
            f'stroke="{_EDGE}"/>'
        )


def _label(title: str) -> str:
    text = visible(title)
    return text if len(text) <= _LABEL_CHARACTERS else f"{text[:_LABEL_CHARACTERS]}…"


def _edges(nodes: tuple[Node, ...]) -> dict[int, list[int]]:
    known = {node.id for node in nodes}
    return {
        node.id: [other for other in dict.fromkeys((*node.inputs, *node.deps)) if other in known]
        for node in nodes
    }


def _layers(below: Mapping[int, list[int]]) -> list[list[int]]:
    """Return the nodes by layer, the topmost first."""
    depths: dict[int, int] = {}

    def depth(node: int) -> int:
        if node not in depths:
            depths[node] = 0  # where a circle would end; a graph of devices has none
            depths[node] = 1 + max(map(depth, below[node]), default=-1)
        return depths[node]

    top = max(map(depth, below), default=0)
    layers: list[list[int]] = [[] for _ in range(top + 1)]
    for node in below:
        layers[top - depths[node]].append(node)
    return layers


def _ordered(layers: list[list[int]], below: Mapping[int, list[int]]) -> list[list[int]]:
    """Return the layers with nodes near what they point at and what points at them."""
    above: dict[int, list[int]] = {node: [] for node in below}
    for node, others in below.items():
        for other in others:
            above[other].append(node)
    for sweep in range(_SWEEPS):
        place = {
            node: index / max(1, len(layer) - 1)
            for layer in layers
            for index, node in enumerate(layer)
        }
        near = above if sweep % 2 == 0 else below
        layers = [
            sorted(layer, key=lambda node: _mean(near[node], place, node)) for layer in layers
        ]
    return layers


def _mean(others: list[int], place: Mapping[int, float], node: int) -> float:
    return sum(place[other] for other in others) / len(others) if others else place[node]


def _boxes(layers: list[list[int]], labels: Mapping[int, str]) -> dict[int, _Box]:
    """Return where each node is drawn, layers centred above one another."""
    rows: list[list[_Box]] = []
    for index, layer in enumerate(layers):
        row: list[_Box] = []
        for node in layer:
            row.append(
                _Box(labels[node], row[-1].right + _GAP if row else _GAP, index * _LAYER + 8)
            )
        rows.append(row)
    widest = max((row[-1].right for row in rows if row), default=0)
    return {
        node: replace(box, left=box.left + (widest - row[-1].right) // 2)
        for layer, row in zip(layers, rows, strict=True)
        for node, box in zip(layer, row, strict=True)
    }
