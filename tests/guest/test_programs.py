"""Every bootable program on every platform, through the public API."""

import os
import time
from pathlib import Path

import pytest
from support.guests.guest_programs import (
    ENDS_WITHIN_S,
    GUESTS,
    ask,
    boot,
    build,
    does_as_told,
    load,
    run,
)
from support.platforms import ONE_A_TARGET, PLATFORMS, TARGETS, target_of

from unikernel_toolchain.tools.locate import ocaml_version

# Of OCaml by the release from which it holds: libraries differ as much as runtimes.
LARGEST_BYTES = {
    "c_hello": {"virtio": 30_000, "unix": 27_000, "xen": 30_000},
    "ocaml_hello": {(4, 13): 190_000, (5, 1): 215_000, (5, 4): 220_000},
    "ocaml_lwt_hello": {(4, 13): 640_000, (4, 14): 670_000, (5, 1): 840_000, (5, 4): 860_000},
}

pytestmark = pytest.mark.boot


# The runtimes' of C and OCaml: heap, canaries, exceptions, parameters; Xen's is what they stand on.
RUNTIMES = {
    *("c_bad_free_foreign", "c_bad_free_twice", "c_bad_overrun_heap", "c_bad_underrun_heap"),
    *("c_bad_overrun_stack", "c_bad_smash_stack", "c_bad_use_after_free"),
    *("c_heap", "c_main", "c_own_libc", "c_own_names"),
    *("ocaml_collector", "ocaml_environment", "ocaml_exit_raises", "ocaml_memory_caught"),
    *("ocaml_pitfalls", "ocaml_small_heap", "ocaml_through_c", "ocaml_uncaught"),
}


def is_above(name, guest, platform):
    """Whether a program is about what stands above all that this platform has of its own.

    A machine type of QEMU's has the same image; libraries and runtimes do on Xen what they do on
    the others.
    """
    if platform == "xen":
        return name in RUNTIMES or ("packages" in guest and "targets" not in guest)
    return platform not in ONE_A_TARGET and guest["language"] == "ocaml"


def cases():
    for folder in sorted(GUESTS.iterdir()):
        guest = load(folder.name)
        for platform in () if "peer" in guest else PLATFORMS:
            if target_of(platform) in guest.get("targets", TARGETS):
                asked = pytest.mark.asked if is_above(folder.name, guest, platform) else ()
                which = f"{folder.name}-{platform}"
                yield pytest.param(folder.name, platform, id=which, marks=asked)


@pytest.mark.parametrize(("name", "platform"), list(cases()))
def test_guest(name, platform):
    does_as_told(name, platform)


@pytest.mark.parametrize("platform", ONE_A_TARGET)
def test_an_endless_recursion_is_told_in_few_lines(platform):
    console, _ = run("ocaml_endless", platform)
    assert len(console.text.splitlines()) < 60


@pytest.mark.parametrize("platform", ONE_A_TARGET)
@pytest.mark.parametrize("name", LARGEST_BYTES)
def test_a_small_program_is_small(name, platform):
    limits = LARGEST_BYTES[name]
    here = ocaml_version()
    which = (
        target_of(platform)
        if name == "c_hello"
        else max(since for since in limits if since <= here)
    )
    assert build(name, platform).size_bytes <= limits[which]


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


def cpu_time_s(pid):
    """Return the seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user_ticks, system_ticks = int(fields[11]), int(fields[12])
    return (user_ticks + system_ticks) / os.sysconf("SC_CLK_TCK")
