"""What an image is made of, for the mouse: packages, modules, symbols, and why each is there.

    everything   packages are headings, modules areas: a click on a module tells why it is there
    one package  modules are headings, symbols areas
    beneath      the chain of references of the module that was chosen

Both are chosen by a click or, with the keyboard, in lists beneath the picture.

Source: Vega 5, https://vega.github.io/vega/docs/transforms/treemap/
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unikernel.plots.series import short

from . import theme
from .theme import TITLE_CHARACTERS
from .treemap_marks import ALL, HEADING, HEIGHT, LINE, PALETTE, WIDTH, marks
from .vega_lite import Spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SCHEMA = "https://vega.github.io/schema/vega/v5.json"  # a name; nothing fetches it
LINES = 8  # of a chain
BYTES = 250_000  # of the specification
SMALLEST_BYTES = 256  # of a symbol that is shown by itself; twice as much until all of it fits
_LEAF = "(zoomed === everything ? 'module' : 'symbol')"


@dataclass(frozen=True)
class Module:
    """A module of a package: its name, bytes and symbols, and in lines why it is there."""

    package: str
    name: str
    size_bytes: float
    because: str
    symbols: Sequence[tuple[str, float]]


def spec(modules: Sequence[Module], title: str, others: str) -> Spec:
    """Return the specification. Small symbols of a module are one area, called `others`."""
    least = SMALLEST_BYTES
    while len(json.dumps(made := _spec(modules, title, others, least))) > BYTES:
        if least > max(module.size_bytes for module in modules):
            break
        least *= 2
    return made


def _spec(modules: Sequence[Module], title: str, others: str, least: float) -> Spec:
    packages = list(dict.fromkeys(module.package for module in modules))
    what = f"Symbols below {least:,} bytes are one area a module."
    return {
        "$schema": SCHEMA,
        "description": f"{short(title.splitlines()[0], TITLE_CHARACTERS)}. {what}",
        "title": theme.heading(title, what),
        "padding": 5,
        "width": WIDTH,
        "height": HEIGHT + LINE * (LINES + 2),
        "signals": _signals(modules, packages),
        "data": [
            {"name": "modules", "values": list(_modules(modules, packages, others, least))},
            {"name": "packages", "values": list(_packages(modules, packages))},
            *_tree(),
            _part_of("tree", "leaves", f"datum.kind === {_LEAF}"),
            _part_of("tree", "inner", f"datum.children && datum.y1 - datum.y0 >= {HEADING}"),
            _part_of("modules", "reason", "datum.module === chosen"),
        ],
        "scales": [
            {
                "name": "colour",
                "type": "ordinal",
                "range": list(PALETTE),
                "domain": list(range(len(PALETTE))),
            }
        ],
        "marks": marks(),
    }


def _signals(modules: Sequence[Module], packages: Sequence[str]) -> list[Spec]:
    numbers = sorted(range(len(modules)), key=lambda number: modules[number].name.lower())
    names = [f"{short(modules[i].name)} [{short(modules[i].package)}]" for i in numbers]
    return [
        {"name": "everything", "value": -1},
        {"name": "total", "value": sum(module.size_bytes for module in modules)},
        {
            "name": "zoomed",
            "value": -1,
            "bind": {
                "input": "select",
                "name": "show ",
                "options": [-1, *range(len(packages))],
                "labels": [ALL, *map(short, packages)],
            },
            "on": [
                {
                    "events": "@headings:click, @titles:click",
                    "update": "zoomed === everything && datum.kind === 'package'"
                    " ? datum.package : everything",
                },
                {
                    "events": "@areas:dblclick, @labels:dblclick",
                    "update": "zoomed === everything ? datum.package : everything",
                },
            ],
        },
        {
            "name": "chosen",
            "value": 0,
            "bind": {
                "input": "select",
                "name": "why is it here: ",
                "options": numbers,
                "labels": names,
            },
            "on": [{"events": "@areas:click, @labels:click", "update": "datum.module"}],
        },
        {
            "name": "sought",
            "value": "",
            "bind": {"input": "text", "name": "find ", "debounce": 200, "placeholder": "name"},
        },
    ]


def _packages(modules: Sequence[Module], packages: Sequence[str]) -> Iterator[Spec]:
    """Yield the root and its packages, which have numbers: names would cost room in each node."""
    sizes: Counter[str] = Counter()
    for module in modules:
        sizes[module.package] += round(module.size_bytes)
    yield {"id": "all", "kind": "all", "label": ALL, "bytes": sizes.total()}
    for number, name in enumerate(packages):
        node = {"id": f"p{number}", "parent": "all", "kind": "package", "label": short(name)}
        yield {**node, "package": number, "bytes": sizes[name]}


def _modules(
    modules: Sequence[Module], packages: Sequence[str], others: str, least: float
) -> Iterator[Spec]:
    """Yield a row for each module, with its symbols and its lines in it."""
    for number, module in enumerate(modules):
        lines = (short(line, TITLE_CHARACTERS) for line in module.because.split("\n")[:LINES])
        symbols = _shown(module, others, least)
        yield {
            "module": number,
            "package": packages.index(module.package),
            "label": short(module.name),
            "bytes": module.size_bytes,
            "because": "\n".join(lines),
            "symbols": [[short(name), size_bytes] for name, size_bytes in symbols],
        }


def _shown(module: Module, others: str, least: float) -> list[tuple[str, float]]:
    large = [one for one in module.symbols if one[1] >= least and one[0] != others]
    rest = module.size_bytes - sum(size for _, size in large)
    return [*large, (others, rest)] if rest > 0 else large


def _tree() -> list[Spec]:
    """Return the data that are made of modules and packages: nodes, and the tree of them."""
    node = [_formula("id", "'m' + datum.module"), _formula("parent", "'p' + datum.package")]
    leaf = [
        {"type": "flatten", "fields": ["symbols"], "as": ["symbol"], "index": "place"},
        _formula("id", "'m' + datum.module + '.' + datum.place"),
        _formula("parent", "'m' + datum.module"),
        _formula("label", "datum.symbol[0]"),
        _formula("bytes", "datum.symbol[1]"),
        _formula("kind", "'symbol'"),
    ]
    return [
        {
            "name": "nodes",
            "source": "modules",
            "transform": [*node, _formula("kind", "'module'")],
        },
        {"name": "symbols", "source": "modules", "transform": leaf},
        {
            "name": "tree",
            "source": ["packages", "nodes", "symbols"],
            "transform": _layout(),
        },
    ]


def _formula(name: str, expression: str) -> Spec:
    return {"type": "formula", "as": name, "expr": expression}


def _layout() -> list[Spec]:
    shown = "zoomed === everything ? datum.kind !== 'symbol' : datum.package === zoomed"
    root = "datum.kind === (zoomed === everything ? 'all' : 'package') ? null : datum.parent"
    return [
        {"type": "filter", "expr": shown},
        _formula("above", root),
        _formula("area", f"datum.kind === {_LEAF} ? datum.bytes : 0"),
        {"type": "stratify", "key": "id", "parentKey": "above"},
        {
            "type": "treemap",
            "field": "area",
            "size": [WIDTH, HEIGHT],
            "round": True,
            "sort": {"field": "value", "order": "descending"},
            "method": "squarify",
            "ratio": 1.6,
            "paddingInner": 1,
            "paddingTop": HEADING,
        },
    ]


def _part_of(source: str, name: str, kept: str) -> Spec:
    return {"name": name, "source": source, "transform": [{"type": "filter", "expr": kept}]}
