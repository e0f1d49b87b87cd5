"""Guests that were held for a while: both clocks are right again, and timers are due.

What is asked of a clock is whether it counted the pause, never whether the host is quick.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest
from support.guests.guest_programs import ENDS_WITHIN_S, ask, boot, build
from support.guests.saved_guest import library_for_later, started
from support.platforms import PLATFORMS, choices

import unikernel

HELD_S = 12
SLEEP_S = 20  # of sleepers, some of it while they are held
MINUTE_S, DAY_S = 60, 24 * 60 * 60
ROUGHLY_S = 2.5  # the CMOS clock tells seconds, and is looked at now and then

pytestmark = pytest.mark.boot


@contextmanager
def each_platform(boot_one, ready):
    """Boot a guest on each platform, all of them ready."""
    with ExitStack() as stack:
        guests = [stack.enter_context(boot_one(platform)) for platform in PLATFORMS]
        for vm in guests:
            vm.console.expect(ready, timeout_s=ENDS_WITHIN_S)
        yield guests


def hold(guests, seconds):
    for vm in guests:
        vm.pause()
    time.sleep(seconds)  # the pause is what is tried
    for vm in guests:
        vm.resume()


def clocks_after(vm, before_ns, held_s):
    """Check what the clocks of a guest say that was held."""
    ask(vm, 2, "s")  # the clocks may take a second to notice
    asked_s = time.time()
    after_ns, wall_ns = ask(vm, 3, "t")
    answered_s = time.time()
    assert asked_s - ROUGHLY_S <= wall_ns / 1e9 <= answered_s + ROUGHLY_S
    assert after_ns - before_ns >= (held_s - 1) * 1e9


def test_a_pause_is_counted_and_sleepers_that_are_due_fire_once_each():
    """Their time is the world's: they were due while the guest was held.

    All guests are held at the same time, as a pause only takes time.
    """
    with each_platform(lambda platform: boot("c_idle", platform), "ready") as idle:
        before_ns = [ask(vm, 1, "t")[0] for vm in idle]
        with each_platform(boot_sleepers, "sleeping") as sleepers:
            hold([*idle, *sleepers], HELD_S)
            resumed_s = time.monotonic()
            for vm in sleepers:
                fired_in_time(vm, resumed_s)
        for vm, at_ns in zip(idle, before_ns, strict=True):
            clocks_after(vm, at_ns, HELD_S)


def test_a_guest_that_is_not_held_counts_no_pause():
    """Twenty looks at the clock's source, busy and asleep, find nothing: of all at once."""
    with (
        each_platform(lambda platform: boot("c_idle", platform), "ready") as guests,
        ThreadPoolExecutor() as threads,
    ):
        assert list(threads.map(counts_no_pause, guests)) == [True] * len(PLATFORMS)


def counts_no_pause(vm):
    started_s = time.monotonic()
    first_ns, _ = ask(vm, 1, "t")
    slept_ns = [ask(vm, n, "s")[0] for n in range(2, 7)]
    last_ns, _ = ask(vm, 7, "t")
    passed_s = time.monotonic() - started_s
    return max(slept_ns) < 2e9 and (last_ns - first_ns) / 1e9 <= 1.01 * passed_s


def boot_sleepers(platform):
    image = build("ocaml_sleepers", platform)
    arguments = (str(SLEEP_S),)
    name = f"sleepers {platform}"
    return unikernel.boot(image, name=name, arguments=arguments, **choices(platform))


def fired_in_time(vm, resumed_s):
    match = vm.console.expect(
        re.compile(r"1000 sleepers fired (\d+) times, (\d+) s .*, (\d+) s by the wall clock"),
        timeout_s=ENDS_WITHIN_S + SLEEP_S,
    )
    waited_s = time.monotonic() - resumed_s
    fired, monotonic_s, wall_s = map(int, match.groups())
    assert fired == 1000
    assert monotonic_s >= SLEEP_S
    assert abs(wall_s - monotonic_s) <= ROUGHLY_S
    assert waited_s - (wall_s - SLEEP_S) < SLEEP_S - HELD_S / 2


@pytest.mark.parametrize("later_s", [MINUTE_S, DAY_S])
@pytest.mark.parametrize("machine", ["microvm", "q35", "pc"])
def test_a_snapshot_of_yesterday_goes_on_today(machine, later_s, tmp_path):
    """Or a minute later, in which the seconds of the CMOS clock come round."""
    image = build("c_idle", machine)
    snapshot = tmp_path / "snapshot"
    with started(image, machine, tmp_path) as guest:
        guest.line_with("ready")
        guest.type("t")
        before_ns = numbers(guest.line_with("1: monotonic"))[0]
        guest.execute("stop")
        guest.execute("migrate", uri=f"exec:cat > {snapshot}")
        guest.wait_for("query-migrate", "status", "completed")
    environment = os.environ | {
        "LD_PRELOAD": str(library_for_later(tmp_path)),
        "SECONDS_LATER": str(later_s),
    }
    incoming = ("-incoming", f"exec:cat {snapshot}")
    with started(image, machine, tmp_path, *incoming, environment=environment) as guest:
        guest.wait_for("query-status", "status", "paused")
        guest.execute("cont")
        guest.type("st")
        guest.line_with("2: slept")
        after_ns, wall_ns = numbers(guest.line_with("3: monotonic"))
        today_s = time.time() + later_s
    assert abs(wall_ns / 1e9 - today_s) < ENDS_WITHIN_S
    assert later_s - 2 < (after_ns - before_ns) / 1e9 < later_s + ENDS_WITHIN_S


def numbers(line):
    return [int(word) for word in line.split() if word.isdigit()]


def test_a_process_counts_what_its_host_slept(tmp_path):
    """A time namespace moves the clock that goes on while a host sleeps, and no other."""
    unshare = shutil.which("unshare")
    assert unshare, "util-linux has unshare"
    image = build("c_idle", "unix")
    script = (
        "import os, sys, time\n"
        "asleep = time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()\n"
        "sys.stderr.write(f'{time.monotonic() + asleep}\\n')\n"
        "os.execv(sys.argv[1], [sys.argv[1]])\n"
    )
    # Only who is not root needs a user namespace for it, and a chroot may make none.
    user = ("--user", "--map-root-user") if os.geteuid() else ()
    argv = [unshare, *user, "--time", "--boottime", str(DAY_S), "--fork"]
    process = subprocess.run(
        [*argv, sys.executable, "-c", script, image.path],
        input=b"tq",
        capture_output=True,
        timeout=ENDS_WITHIN_S,
        check=True,
    )
    host_s = float(process.stderr)
    guest_ns = numbers(process.stdout.decode().splitlines()[1])[0]
    assert 0 <= guest_ns / 1e9 - host_s < ENDS_WITHIN_S
