"""Configuration: a config.ml and what it was told; Configured: what it made of it.

The language is MirageOS 3.9's: a config.ml is a program of the host, which is compiled and run once
a build, and answers with the devices, packages and keys of a unikernel and how they are wired.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from unikernel_toolchain.errors import BadRequest

from .address_keys import AddressKeys
from .device import Device

CONFIG = "config.ml"
MAIN = "main.ml"
KEY_GEN = "key_gen.ml"


@dataclass(frozen=True)
class Configuration:
    """A config.ml: its text, and what `configure` is told.

    `label` is what errors call it, `first_line` the number of its first line. `words` are flags
    of configure-stage keys, as `--dhcp true`. Folders and files that it names lie in `folder`.
    """

    text: str
    folder: Path
    label: str = CONFIG
    first_line: int = 1
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise BadRequest(
                f"{self.label} is empty.",
                hint='It describes the devices of a unikernel: let () = register "hello" [main]',
            )


@dataclass(frozen=True)
class PackageBound:
    """A package as config.ml names it: what to link of it, and which versions will do.

    `minimum` versions are included, those of `below` are not. `build` packages are not linked.
    """

    name: str
    libraries: tuple[str, ...]
    minimum: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    build: bool = False


@dataclass(frozen=True)
class Data:
    """Files of the host that come with the image.

    "crunch": as the module `name`. "tar" and "fat": as a disk image for the block device `name`,
    of the files in `folder` that match `pattern`.
    """

    kind: str
    name: str
    folder: str
    pattern: str = "*"


@dataclass(frozen=True)
class Node:
    """A device or a job of the graph: what it is called, its module, and what it is made from."""

    id: int
    label: str
    module: str
    kind: str
    inputs: tuple[int, ...] = ()
    deps: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Key:
    """A parameter: "configure", "run" or "both" `stage`, its value as text, its help's section."""

    name: str
    stage: str
    value: str
    section: str = ""
    doc: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Configured:
    """What a config.ml describes, its keys decided.

    `mains` are the modules that its jobs start, as Unikernel.Main. `devices` are in the order in
    which they are started. `main` and `key_gen` are the texts of the generated modules.
    `info_modules` are those that say what the application is made of, each with the module that
    its record is of. `dot` is the graph for Graphviz, `notes` what a person should know of it.
    `paths` are the files and folders of the host that config.ml names, by block and key-value
    device, `addresses` the boot keys of static addresses.
    """

    name: str
    target: str
    mains: tuple[str, ...]
    packages: tuple[PackageBound, ...]
    devices: tuple[Device, ...]
    data: tuple[Data, ...]
    main: str
    key_gen: str
    info_modules: Mapping[str, str]
    keys: tuple[Key, ...]
    nodes: tuple[Node, ...]
    root: int
    dot: str
    paths: Mapping[str, str] = field(default_factory=dict)
    addresses: tuple[AddressKeys, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def libraries(self) -> tuple[str, ...]:
        """The findlib names to link, each once."""
        linked = (package.libraries for package in self.packages if not package.build)
        return tuple(dict.fromkeys(name for names in linked for name in names))

    @property
    def reached(self) -> tuple[Node, ...]:
        """The nodes that the application's jobs stand on, they themselves, and their root."""
        by_id = {node.id: node for node in self.nodes}
        found, waiting = set[int](), [self.root]
        while waiting:
            node = by_id.get(waiting.pop())
            if node and node.id not in found:
                found.add(node.id)
                waiting += (*node.inputs, *node.deps)
        return tuple(node for node in self.nodes if node.id in found)

    def title(self, node: Node) -> str:
        """Return what people call a node: its module, or what it does if it is in no module."""
        if node.id == self.root:
            return self.name
        return node.label.rstrip("0123456789") if node.module in {"", "Stdlib"} else node.module

    @property
    def files(self) -> Mapping[str, str]:
        """What the stage leaves to be read, by file name."""
        manifest = [f'    {{ "name": "{it.name}", "type": "{it.kind}" }}' for it in self.devices]
        inside = "[\n" + ",\n".join(manifest) + "\n  ]" if manifest else "[]"
        return {
            MAIN: self.main,
            KEY_GEN: self.key_gen,
            "manifest.json": f'{{\n  "name": "{self.name}",\n  "target": "{self.target}",\n'
            f'  "devices": {inside}\n}}\n',
            "packages": "".join(f"{_bounded(it)}\n" for it in self.packages),
        }


@dataclass(frozen=True)
class Evaluation:
    """What one run of a config.ml answered: the application `whole`, and some devices left out.

    Which may be is known by the sources, and which are by all that is linked.
    """

    whole: Configured
    without: Mapping[frozenset[str], Configured]

    def leaving_out(self, devices: frozenset[str]) -> Configured:
        """Return the application without these devices."""
        return self.without[devices] if devices else self.whole


def _bounded(package: PackageBound) -> str:
    bounds = [f">= {version}" for version in package.minimum]
    bounds += [f"< {version}" for version in package.below]
    notes = [*bounds, *(["build only"] if package.build else [])]
    return f"{package.name} ({', '.join(notes)})" if notes else package.name
