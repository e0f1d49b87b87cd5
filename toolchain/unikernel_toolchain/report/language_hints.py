"""What to write in a config.ml that does not compile: what newcomers to its language miss."""

from __future__ import annotations

import re

from unikernel_toolchain.model.configuration import Configuration

from . import excerpts

_OF_3_9 = "config.ml's language is that of MirageOS 3.9"
# Names that other releases of MirageOS have, and what is written with 3.9.
_ELSEWHERE = {
    "Key.v": "Key.abstract key",
    "runtime_arg": 'Key.create "hello" …, and Key_gen.hello () in the application',
    "cmdliner_stdlib": "keys, which are read at boot: --help",
    **dict.fromkeys(("stackv4v6", "generic_stackv4v6"), "stackv4, generic_stackv4"),
    **dict.fromkeys(("socket_stackv4v6", "static_ipv4v6_stack"), "generic_stackv4"),
    **dict.fromkeys(("direct_stackv4_with_dhcp",), "dhcp_ipv4_stack network"),
    **dict.fromkeys(("direct_stackv4_with_default_ipv4",), "static_ipv4_stack network"),
    **dict.fromkeys(("direct_stackv4_with_static_ipv4",), "static_ipv4_stack ~config network"),
    **dict.fromkeys(("generic_dns_client", "happy_eyeballs"), "resolver_dns stack"),
    **dict.fromkeys(("tap0", "tap1"), "default_network, or netif"),
    **dict.fromkeys(("crunch_ro", "direct_kv"), "crunch, direct_kv_ro"),
}
_LABELS = {
    "libraries": '~packages:[ package "…" ]',
    "runtime_args": "~keys:[ Key.abstract key ]",
}
_OPENED = re.compile(r"\b(?:Key|Arg)\.[(\[]")


def about(configuration: Configuration, output: str) -> str:
    """Return what to do about what the compiler wrote of a config.ml, "" when nothing is known."""
    said = excerpts.plain(output)
    sources = excerpts.Sources({configuration.label: configuration.text}, configuration.first_line)
    marked = excerpts.marked(output, sources)
    return (
        _elsewhere(said, marked)
        or _of_a_type(said, marked, configuration, output)
        or _of_words(said)
    )


def _elsewhere(said: str, marked: str) -> str:
    """Return what 3.9 has in place of a name or a label that it has not."""
    name = re.search(r"Unbound (?:value|constructor|type constructor) ([\w.]+)", said)
    if name and (instead := _ELSEWHERE.get(name[1])):
        return f"{_OF_3_9}, which has: {instead}"
    # From 5.3 on an unknown label is an argument too many, somewhere.
    label = re.search(r"cannot be applied with label ~(\w+)", said) or (
        re.search(rf"~({'|'.join(_LABELS)})\b", marked) if "too many arguments" in said else None
    )
    if label and (instead := _LABELS.get(label[1])):
        return f"{_OF_3_9}, which has: {instead}"
    return ""


def _of_a_type(said: str, marked: str, configuration: Configuration, output: str) -> str:
    """Return what a value is to be that is of another type than is wanted."""
    types = re.search(r"has type (.+?) but an expression was expected of type (.+)", said)
    if not types:
        return ""
    given, wanted = types[1], types[2]
    hint = ""
    if _is_hidden(marked, configuration, output):
        hint = f"Between the brackets of Key.(…), {marked} is Key's own: call yours otherwise."
    elif wanted.startswith(("Mirage.key", "Mirage.Key.t")) and "key" in given:
        hint = f"A list of keys holds abstract ones: Key.abstract {marked}"
    elif wanted.startswith(("Mirage.package", "Functoria.package")) and given == "string":
        hint = f"A list of packages holds packages: package {marked}"
    elif wanted.startswith("Mirage.job Mirage.impl list"):
        hint = "register takes a list of jobs: [ main $ device ]"
    elif "impl" in said:
        hint = "Are all of a functor's parameters given, in their order: main $ first $ second?"
    return hint


def _is_hidden(marked: str, configuration: Configuration, output: str) -> bool:
    """Say whether a name of config.ml's own stands for another one, where Key or Arg is opened."""
    place = re.search(r"line (\d+), characters (\d+)-", output)
    if not place or not re.fullmatch(r"[a-z_]\w*", marked):
        return False
    lines = configuration.text.splitlines(keepends=True)
    index = int(place[1]) - configuration.first_line
    before = "".join(lines[:index]) + "".join(lines[index : index + 1])[: int(place[2])]
    opened = [it for it in _OPENED.finditer(before) if not _closes(before[it.end() :])]
    own = re.search(rf"\blet (?:rec )?(?:\w+ )*{marked}\b", configuration.text)
    return bool(own and opened)


def _closes(text: str) -> bool:
    """Say whether a bracket that was open before the text is closed in it."""
    depth = 0
    for character in text:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(character, 0)
        if depth < 0:
            return True
    return False


def _of_words(said: str) -> str:
    if "Unbound module" in said:
        return "A config.ml stands on MirageOS's own module alone: open Mirage."
    return ""
