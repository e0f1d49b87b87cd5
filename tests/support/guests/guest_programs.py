"""The bootable programs tests/guest/programs/<name>/: built, booted, and held to what they say.

guest.toml says what must happen:

    language     "c" or "ocaml"; the program is main.c or main.ml, and what lies beside it
    ocaml        the oldest release of OCaml that compiles it, "5.1", if not every one does
    packages     findlib packages
    targets      what it can be built for, all if absent
    memory_mib   RAM
    arguments, environment    boot parameters
    input        typed at the console once the first of `expect` is there
    expect       patterns that the console shows, "^" and "$" at each line
    exit         the status, or a table: cause, status, message (a pattern)
    differs      true: two boots have no longer hexadecimal number in common
    peer         the program needs a host end: "network", see test_network.py, or "disks",
                 see test_block.py and tests/machines/disks, or "kills", see test_kills.py
    [virtio], [unix]    what is otherwise on one target
"""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import unikernel
from support import TESTS
from support.platforms import choices, need_room, target_of
from unikernel.guest.console import Console
from unikernel.machines.core.machine import Machine
from unikernel.model.spec import DEFAULT_MEMORY_MIB
from unikernel.model.state import Exit
from unikernel_toolchain.findlib.packages import resolve
from unikernel_toolchain.library_os.library_os import SOURCES
from unikernel_toolchain.model.image import Image
from unikernel_toolchain.sources import since
from unikernel_toolchain.tools.locate import ocaml_version

GUESTS = TESTS / "guest/programs"
ENDS_WITHIN_S = 60


def load(name: str, target: str = "virtio") -> dict[str, Any]:
    guest = tomllib.loads((GUESTS / name / "guest.toml").read_text())
    return {**guest, **guest.get(target, {})}


def need_ocaml(release: str) -> None:
    """Skip what is not for the OCaml here; tests/distributions has newer ones."""
    major, minor = ocaml_version()
    if (major, minor) < tuple(map(int, release.split("."))):
        pytest.skip(f"for OCaml {release} and newer; here it is {major}.{minor}")


def build(
    name: str,
    platform: str = "microvm",
    nets: tuple[str, ...] = (),
    blocks: tuple[str, ...] = (),
) -> Image:
    guest = load(name)
    packages = guest.get("packages", ())
    if "ocaml" in guest:
        need_ocaml(guest["ocaml"])
    return unikernel.build(
        sources(GUESTS / name, packages),
        name=name,
        target=target_of(platform),
        packages=packages,
        nets=guest.get("nets", nets),
        blocks=blocks,
    )


def sources(folder: Path, packages: Sequence[str]) -> list[Path]:
    """Return a program's files, main last: where packages differ, those for the installed ones."""
    found = resolve(tuple(packages), SOURCES / "packages")
    versions = {package.name: package.version for package in found}
    files = since.holding(sorted(folder.rglob("*.*")), versions)
    programs = [file for file in files if file.suffix in {".c", ".ml"}]
    return sorted(programs, key=lambda file: file.stem == "main")


def boot(name: str, platform: str) -> Machine:
    guest = load(name, target_of(platform))
    memory_mib = guest.get("memory_mib", DEFAULT_MEMORY_MIB)
    need_room(platform, memory_mib)
    return unikernel.boot(
        build(name, platform),
        name=f"{name} {platform}",
        wait="running",
        replace=True,
        memory_mib=memory_mib,
        arguments=tuple(guest.get("arguments", ())),
        environment=guest.get("environment", {}),
        **choices(platform),
    )


def run(name: str, platform: str) -> tuple[Console, Exit]:
    """Boot, type, wait for the end; return console text and exit."""
    guest = load(name, target_of(platform))
    with boot(name, platform) as vm:
        if "input" in guest:
            vm.console.expect(multiline(guest["expect"][0]), timeout_s=ENDS_WITHIN_S)
            vm.console.write(guest["input"])
        return vm.console, vm.wait(timeout_s=ENDS_WITHIN_S)


def multiline(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.MULTILINE)


def wanted_exit(guest: dict[str, Any]) -> dict[str, Any]:
    wanted = guest["exit"]
    return wanted if isinstance(wanted, dict) else {"cause": "exit", "status": wanted}


def does_as_told(name: str, platform: str) -> None:
    """Fail unless the program does what its guest.toml says."""
    guest = load(name, target_of(platform))
    console, ended = run(name, platform)
    wanted = wanted_exit(guest)
    assert (ended.cause, ended.status) == (wanted["cause"], wanted["status"]), console.text
    assert re.search(wanted.get("message", ""), ended.message)
    for pattern in guest.get("expect", ()):
        assert multiline(pattern).search(console.text), f"{pattern!r} not in:\n{console.text}"
    if guest.get("differs"):
        again, _ = run(name, platform)
        assert long_numbers(console.text).isdisjoint(long_numbers(again.text))


def long_numbers(text: str) -> set[str]:
    numbers = set(re.findall(r"\b[0-9a-f]{16,}\b", text))
    assert numbers, text
    return numbers


def ask(vm: Machine, number: int, letter: str) -> list[int]:
    """Type a letter to c_idle and return the numbers of its answer."""
    vm.console.write(letter)
    answer = vm.console.expect(multiline(rf"^{number}: (.*)\n"), timeout_s=ENDS_WITHIN_S)
    return [int(word) for word in answer[1].split() if word.isdigit()]
