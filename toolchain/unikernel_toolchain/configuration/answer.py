"""Reads what a config.ml answered: JSON, as libos/configure/functoria writes it."""

from __future__ import annotations

import json
from typing import Any

from unikernel_toolchain.errors import ToolchainError
from unikernel_toolchain.model.address_keys import AddressKeys
from unikernel_toolchain.model.configuration import (
    Configured,
    Data,
    Evaluation,
    Key,
    Node,
    PackageBound,
)
from unikernel_toolchain.model.device import Device

from . import unknown_flags


def read(text: bytes, label: str) -> Evaluation:
    """Return what the answer of the config.ml says that is called `label`.

    Raises BadRequest for a flag that it does not know, ToolchainError when it is no answer.
    """
    try:
        facts = json.loads(text.decode("utf-8", "surrogateescape"))  # a value may be any bytes
        if "unknown" in facts:
            options, at_boot, flags = facts["options"], facts["at_boot"], facts["flags"]
            raise unknown_flags.refused(facts["unknown"], options, at_boot, flags, label=label)
        without = {frozenset(it["names"]): _configured(it["answer"]) for it in facts["without"]}
        return Evaluation(_configured(facts), without)
    except (ValueError, KeyError, TypeError) as problem:
        raise ToolchainError(
            f"{label} answered with what is no configuration: {problem!r:.200}.",
            hint="It must leave the answer to `register`.",
        ) from problem


def _configured(facts: dict[str, Any]) -> Configured:
    graph = facts["graph"]
    return Configured(
        name=facts["name"],
        target=facts["target"],
        mains=tuple(facts["mains"]),
        packages=tuple(map(_package, facts["packages"])),
        devices=tuple(Device(it["kind"], it["name"]) for it in facts["devices"]),
        paths={it["name"]: it["path"] for it in facts["devices"] if it["path"]},
        addresses=tuple(AddressKeys(**it) for it in facts["addresses"]),
        data=tuple(map(_data, facts["data"])),
        main=facts["main"],
        key_gen=facts["key_gen"],
        info_modules={it["module"]: it["record"] for it in facts["info_modules"]},
        keys=tuple(map(_key, facts["keys"])),
        nodes=tuple(map(_node, graph["nodes"])),
        root=graph["root"],
        dot=facts["dot"],
        notes=tuple(facts["notes"]),
    )


def _package(it: dict[str, Any]) -> PackageBound:
    return PackageBound(
        it["name"], tuple(it["libraries"]), tuple(it["min"]), tuple(it["max"]), it["build"]
    )


def _data(it: dict[str, Any]) -> Data:
    return Data(it["kind"], it.get("module") or it["device"], it["folder"], it.get("pattern", "*"))


def _key(it: dict[str, Any]) -> Key:
    flags = tuple(it["flags"])
    return Key(it["name"], it["stage"], it["value"], it["section"], it["doc"], flags)


def _node(it: dict[str, Any]) -> Node:
    edges = (tuple(it[name]) for name in ("inputs", "deps", "keys"))
    return Node(it["id"], it["label"], it["module"], it["kind"], *edges)
