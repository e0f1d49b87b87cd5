"""Bootable programs: tests/guest/<name>/ on every platform, through the public API.

guest.toml says what must happen:

    language     "c" or "ocaml"; the program is main.c or main.ml
    packages     findlib packages
    targets      what it can be built for, all if absent
    memory_mib   RAM
    arguments, environment    boot parameters
    input        typed at the console once the first of `expect` is there
    expect       patterns that the console shows, "^" and "$" at each line
    exit         the status, or a table: cause, status, message (a pattern)
    differs      true: two boots have no longer hexadecimal number in common
    peer         "network": the program needs a host end, see test_guest_network.py
    [virtio], [unix]    what is otherwise on one target
"""

import os
import re
import time
import tomllib
from pathlib import Path

import pytest
from platforms import ONE_A_TARGET, PLATFORMS, TARGETS, choices, target_of

import unikernel
from unikernel.spec import DEFAULT_MEMORY_MIB

GUESTS = Path(__file__).parent / "guest"
ENDS_WITHIN_S = 60
LARGEST_BYTES = {
    "virtio": {"c_hello": 30_000, "ocaml_hello": 200_000, "ocaml_lwt_hello": 650_000},
    "unix": {"c_hello": 25_000, "ocaml_hello": 200_000, "ocaml_lwt_hello": 650_000},
}

pytestmark = pytest.mark.boot


def load(name, target="virtio"):
    guest = tomllib.loads((GUESTS / name / "guest.toml").read_text())
    return guest | guest.get(target, {})


def cases():
    for folder in sorted(GUESTS.iterdir()):
        guest = load(folder.name)
        for platform in () if "peer" in guest else PLATFORMS:
            if target_of(platform) in guest.get("targets", TARGETS):
                yield pytest.param(folder.name, platform, id=f"{folder.name}-{platform}")


def build(name, platform="microvm", nets=()):
    guest = load(name)
    program = "main.c" if guest["language"] == "c" else "main.ml"
    return unikernel.build(
        GUESTS / name / program,
        name=name,
        target=target_of(platform),
        packages=guest.get("packages", ()),
        nets=guest.get("nets", nets),
    )


def boot(name, platform):
    guest = load(name, target_of(platform))
    return unikernel.boot(
        build(name, platform),
        name=f"{name} {platform}",
        wait="running",
        replace=True,
        memory_mib=guest.get("memory_mib", DEFAULT_MEMORY_MIB),
        arguments=tuple(guest.get("arguments", ())),
        environment=guest.get("environment", {}),
        **choices(platform),
    )


def run(name, platform):
    """Boot, type, wait for the end; return console text and exit."""
    guest = load(name, target_of(platform))
    with boot(name, platform) as vm:
        if "input" in guest:
            vm.console.expect(multiline(guest["expect"][0]), timeout_s=ENDS_WITHIN_S)
            vm.console.write(guest["input"])
        return vm.console, vm.wait(timeout_s=ENDS_WITHIN_S)


def multiline(pattern):
    return re.compile(pattern, re.MULTILINE)


def wanted_exit(guest):
    wanted = guest["exit"]
    return wanted if isinstance(wanted, dict) else {"cause": "exit", "status": wanted}


@pytest.mark.parametrize(("name", "platform"), list(cases()))
def test_guest(name, platform):
    does_as_told(name, platform)


def does_as_told(name, platform):
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


def long_numbers(text):
    numbers = set(re.findall(r"\b[0-9a-f]{16,}\b", text))
    assert numbers, text
    return numbers


@pytest.mark.parametrize("platform", ONE_A_TARGET)
@pytest.mark.parametrize("name", LARGEST_BYTES["virtio"])
def test_a_small_program_is_small(name, platform):
    assert build(name, platform).size_bytes <= LARGEST_BYTES[target_of(platform)][name]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_guests_second_is_a_second(platform):
    """The guest reads its clock at some time between the host's readings around its answer."""
    with boot("c_idle", platform) as vm:
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


@pytest.mark.parametrize("platform", ONE_A_TARGET)
def test_idle_halts(platform):
    """While the guest sleeps, QEMU or the process uses next to no CPU time."""
    with boot("c_idle", platform) as vm:
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
