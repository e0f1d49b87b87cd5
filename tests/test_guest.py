"""Bootable programs: tests/guest/<name>/ on every machine type, through the public API.

guest.toml says what must happen:

    language     "c" or "ocaml"; the program is main.c or main.ml
    packages     findlib packages
    targets      what it can be built for, "virtio" if absent; test_unix_base.py has "unix"
    memory_mib   RAM
    machines     machine types, all three if absent
    arguments, environment    boot parameters
    input        typed at the console once the first of `expect` is there
    expect       patterns that the console shows, "^" and "$" at each line
    exit         the status, or a table: cause, status, message (a pattern)
    differs      true: two boots have no longer hexadecimal number in common
    peer         "network": the program needs a host end, see test_guest_network.py
"""

import os
import re
import time
import tomllib
from pathlib import Path

import pytest

import unikernel
from unikernel.spec import DEFAULT_MEMORY_MIB, MACHINE_TYPES

GUESTS = Path(__file__).parent / "guest"
ENDS_WITHIN_S = 60
LARGEST_BYTES = {"c_hello": 30_000, "ocaml_hello": 200_000, "ocaml_lwt_hello": 650_000}

pytestmark = pytest.mark.boot


def load(name):
    return tomllib.loads((GUESTS / name / "guest.toml").read_text())


def cases():
    for folder in sorted(GUESTS.iterdir()):
        guest = load(folder.name)
        elsewhere = "peer" in guest or "virtio" not in guest.get("targets", ["virtio"])
        for machine in () if elsewhere else guest.get("machines", MACHINE_TYPES):
            yield pytest.param(folder.name, machine, id=f"{folder.name}-{machine}")


def build(name):
    guest = load(name)
    program = "main.c" if guest["language"] == "c" else "main.ml"
    return unikernel.build(GUESTS / name / program, name=name, packages=guest.get("packages", ()))


def boot(image, machine="microvm"):
    guest = load(image.name)
    return unikernel.boot(
        image,
        name=f"{image.name} {machine}",
        wait="running",
        replace=True,
        machine=machine,
        accelerator="tcg",
        memory_mib=guest.get("memory_mib", DEFAULT_MEMORY_MIB),
        arguments=tuple(guest.get("arguments", ())),
        environment=guest.get("environment", {}),
    )


def run(image, machine):
    """Boot, type, wait for the end; return console text and exit."""
    guest = load(image.name)
    with boot(image, machine) as vm:
        if "input" in guest:
            vm.console.expect(multiline(guest["expect"][0]), timeout_s=ENDS_WITHIN_S)
            vm.console.write(guest["input"])
        return vm.console, vm.wait(timeout_s=ENDS_WITHIN_S)


def multiline(pattern):
    return re.compile(pattern, re.MULTILINE)


def wanted_exit(guest):
    wanted = guest["exit"]
    return wanted if isinstance(wanted, dict) else {"cause": "exit", "status": wanted}


@pytest.mark.parametrize(("name", "machine"), list(cases()))
def test_guest(name, machine):
    guest = load(name)
    console, ended = run(build(name), machine)
    wanted = wanted_exit(guest)
    assert (ended.cause, ended.status) == (wanted["cause"], wanted["status"]), console.text
    assert re.search(wanted.get("message", ""), ended.message)
    for pattern in guest.get("expect", ()):
        assert multiline(pattern).search(console.text), f"{pattern!r} not in:\n{console.text}"
    if guest.get("differs"):
        again, _ = run(build(name), machine)
        assert long_numbers(console.text).isdisjoint(long_numbers(again.text))


def long_numbers(text):
    numbers = set(re.findall(r"\b[0-9a-f]{16,}\b", text))
    assert numbers, text
    return numbers


@pytest.mark.parametrize("name", LARGEST_BYTES)
def test_a_small_program_is_small(name):
    assert build(name).size_bytes <= LARGEST_BYTES[name]


@pytest.mark.parametrize("machine", MACHINE_TYPES)
def test_the_guests_second_is_a_second(machine):
    """The guest reads its clock at some time between the host's readings around its answer."""
    with boot(build("c_idle"), machine) as vm:
        vm.console.expect("ready", timeout_s=ENDS_WITHIN_S)
        started_s = time.monotonic()
        first_ns, wall_ns = ask(vm, 1, "t")
        answered_s = time.monotonic()
        assert abs(wall_ns / 1e9 - time.time()) < 3
        (slept_ns,) = ask(vm, 2, "s")
        asked_again_s = time.monotonic()
        second_ns, _ = ask(vm, 3, "t")
        ended_s = time.monotonic()
    assert slept_ns >= 1e9
    passed_s = (second_ns - first_ns) / 1e9
    assert 0.99 * (asked_again_s - answered_s) <= passed_s <= 1.01 * (ended_s - started_s)


def test_idle_halts():
    """While the guest sleeps, QEMU uses next to no CPU time."""
    with boot(build("c_idle")) as vm:
        vm.console.expect("ready", timeout_s=ENDS_WITHIN_S)
        ask(vm, 1, "t")
        before_s = cpu_time_s(vm.pid)
        slept_s = sum(ask(vm, n, "s")[0] for n in (2, 3)) / 1e9
        assert cpu_time_s(vm.pid) - before_s < 0.2 * slept_s


def ask(vm, number, letter):
    """Type a letter to c_idle and return the numbers of its answer."""
    vm.console.write(letter)
    answer = vm.console.expect(multiline(rf"^{number}: (.*)\n"), timeout_s=ENDS_WITHIN_S)
    return [int(word) for word in answer[1].split() if word.isdigit()]


def cpu_time_s(pid):
    """Return the seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user_ticks, system_ticks = int(fields[11]), int(fields[12])
    return (user_ticks + system_ticks) / os.sysconf("SC_CLK_TCK")
