"""Machines on Xen, driven through a dom0 that is none."""

import os
import struct
import time
from dataclasses import replace
from importlib import import_module

import pytest
from support.fake_machine import fake_image
from support.xen.fake_dom0 import FakePlace

from unikernel.errors import BootFailed, Dom0Refused, UsageError, WrongState
from unikernel.guest.trace import EndingKind, Milestone
from unikernel.host import event_loop
from unikernel.machines import boot, registry
from unikernel.machines.prepare import prepare
from unikernel.machines.xen import places
from unikernel.machines.xen.exits import Reason
from unikernel.machines.xen.xl.toolstack import FILES
from unikernel.model.boot_phases import DOMAIN_PHASES, RESTART
from unikernel.model.spec import Spec
from unikernel.model.state import Cause, State

boot_module = import_module("unikernel.machines.boot")
PATIENCE_S = 10
HZ = 1_000_000_000


@pytest.fixture(autouse=True)
def nothing_else(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    (tmp_path / "run").mkdir(mode=0o700)
    with registry.replaced([]):
        yield


@pytest.fixture
def place(monkeypatch):
    async def made():
        return FakePlace(os.getpid())

    fake = event_loop.call(made())

    async def find(*_):
        return fake

    monkeypatch.setattr(places, "find", find)
    monkeypatch.setattr(places, "make_ready", lambda _: None)
    return fake


@pytest.fixture
def image(tmp_path, monkeypatch):
    made = fake_image(tmp_path, target="xen")
    made.path.write_bytes(b"an image")
    monkeypatch.setattr("unikernel.machines.prepare.memory_need.least_memory_mib", lambda _: 1)
    monkeypatch.setattr("unikernel.machines.prepare.built.check", lambda _: None)
    return made


@pytest.fixture
def start(place, image):
    """Boots the image and ends it with the test."""
    started = []

    def begin(**choices):
        choices = {"wait": "running", **choices}
        machine = boot(image, **choices)
        started.append(machine)
        return machine

    yield begin
    for machine in started:
        machine.stop()
    assert not place.dom0.guests
    assert not place.dom0.files


def does(place, deed):
    """Do something on the event loop, where the fake lives."""

    async def done():
        return deed(place.dom0)

    return event_loop.call(done())


def say(place, text):
    does(place, lambda dom0: dom0.guest.receive(text))


def stamps(base_ns):
    passed = {milestone: base_ns + number * 1000 for number, milestone in enumerate(Milestone)}
    records = b"".join(struct.pack("<cBQ", b"T", key, value) for key, value in passed.items())
    return struct.pack("<cQ", b"H", HZ) + records


def ending(kind, status=0):
    return struct.pack("<cBI", b"X", kind, status)


def until(condition):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_domain_is_made_of_image_and_choices(start, place):
    machine = start(memory_mib=48, arguments=("a b", 'c"d'))
    guest = place.dom0.guest
    assert guest.image == b"an image"
    assert (guest.config["memory"], guest.config["type"]) == ("48", '"pvh"')
    assert guest.config["cmdline"] == r'"\"a b\" \"c\\\"d\""'
    assert (machine.state, machine.kind, machine.carrier) == (State.RUNNING, "pvh", "hypervisor")
    assert not guest.paused


def test_what_a_linux_begins_with_is_lent_to_dom0_as_disks(place, image, tmp_path):
    """Its memory has no room for copies; and a disk of dom0's is no file to remove."""
    initrd = tmp_path / "initrd"
    initrd.write_bytes(b"no whole sector")
    launch = replace(prepare(image, None, Spec()), initrd=initrd)
    with boot_module.unlisted(launch) as machine:
        config = place.dom0.guest.config
        assert (config["kernel"], config["ramdisk"]) == ('"/dev/sda"', '"/dev/sdb"')
        assert config["disk"] == "[ ]"
        assert [vbd.read_only for vbd in place.plugged] == [True, True]
        assert f'ramdisk = "{initrd}"' in machine.command
    assert place.plugged == []
    removed = [words[2:] for words in place.dom0.ran if words[0] == "rm"]
    assert removed
    assert all(path.startswith(FILES) for paths in removed for path in paths)


def test_the_console_goes_both_ways_bytes_as_they_are(start, place):
    machine = start()
    say(place, b"hello\xff\n")
    machine.console.expect("hello", timeout_s=PATIENCE_S)
    machine.console.write("typed\n")
    until(lambda: place.dom0.guest.typed == b"typed\n")
    assert machine.console.data == b"hello\xff\n"


def test_the_boot_has_the_phases_of_a_toolstack(start, place):
    machine = start()
    does(place, lambda dom0: dom0.trace(stamps(0)))
    say(place, b"first line\n")
    until(lambda: machine.timeline)
    assert [phase.name for phase in machine.timeline.phases] == list(DOMAIN_PHASES)
    assert all(phase.duration_ms >= 0 for phase in machine.timeline.phases)


@pytest.mark.parametrize(
    ("kind", "reason", "cause"),
    [
        (EndingKind.EXIT, 0, Cause.EXIT),
        (EndingKind.ABORT, 3, Cause.ABORT),
        (EndingKind.FAULT, 3, Cause.FAULT),
    ],
)
def test_the_guests_own_word_tells_how_it_ended(start, place, kind, reason, cause):
    machine = start()

    def end(dom0):
        guest = dom0.guest
        guest.receive(b"last words")
        dom0.trace(ending(kind, 7))
        dom0.shut_down(reason)

    does(place, end)
    ended = machine.wait(PATIENCE_S)
    assert (ended.cause, machine.console.text) == (cause, "last words")
    assert ended.status == 7 if cause is Cause.EXIT else True


@pytest.mark.parametrize(
    ("reason", "cause", "says"),
    [
        (0, Cause.EXIT, ""),
        (1, Cause.TRIPLE_FAULT, "the guest reset without a message"),
        (3, Cause.GIVEN_UP, "d1v0 Triple fault - invoking HVM shutdown action 1"),
        (4, Cause.GIVEN_UP, "the guest's watchdog expired"),
        (9, Cause.GIVEN_UP, "Xen shut it down with reason 9"),
    ],
)
def test_without_a_word_xens_reason_counts(start, place, reason, cause, says):
    machine = start()
    say(place, b"alive\n")
    does(place, lambda dom0: dom0.shut_down(reason))
    ended = machine.wait(PATIENCE_S)
    assert (ended.cause, ended.message) == (cause, says)


def test_a_trace_that_is_none_counts_for_nothing(start, place):
    machine = start()
    does(place, lambda dom0: dom0.write("/local/domain/1/data/unikernel-trace", "zz\x1b[2J"))
    does(place, lambda dom0: dom0.shut_down(0))
    assert machine.wait(PATIENCE_S).cause is Cause.EXIT


def test_a_guest_that_is_stopped_is_asked_first(start, place):
    machine = start()
    assert machine.stop(timeout_s=PATIENCE_S).cause is Cause.STOPPED
    assert place.dom0.store["/local/domain/1/control/shutdown"] == "poweroff"


def test_one_that_does_not_listen_is_destroyed(start, place):
    place.dom0.are_deaf = True
    machine = start()
    assert machine.stop(timeout_s=0.05).cause is Cause.STOPPED
    assert ["xl", "destroy", "1"] in place.dom0.ran


def test_a_held_guest_is_destroyed_unasked(start, place):
    machine = start()
    machine.pause()
    assert (machine.state, place.dom0.guest.paused) == (State.PAUSED, True)
    machine.stop()
    assert "/local/domain/1/control/shutdown" not in place.dom0.store


def test_pause_and_resume(start, place):
    machine = start()
    machine.pause()
    machine.resume()
    assert (machine.state, place.dom0.guest.paused) == (State.RUNNING, False)


def test_started_paused_it_is_let_go_by_resume(start, place):
    machine = start(paused=True)
    assert (machine.state, place.dom0.guest.paused) == (State.PAUSED, True)
    machine.resume()
    assert not place.dom0.guest.paused
    does(place, lambda dom0: dom0.trace(stamps(0)))
    say(place, b"line\n")
    until(lambda: machine.timeline)
    assert machine.timeline.phases[0].name == "domain start"


def test_a_reset_is_another_domain(start, place):
    machine = start()
    say(place, b"first life\n")
    machine.reset()
    assert [place.dom0.guest.number, len(place.dom0.guests)] == [2, 1]
    assert machine.state is State.RUNNING
    does(place, lambda dom0: dom0.trace(stamps(0)))
    say(place, b"second life\n")
    until(lambda: machine.timeline)
    assert machine.timeline.phases[0].name == RESTART
    assert machine.console.text == "first life\nsecond life\n"
    does(place, lambda dom0: dom0.shut_down(0))
    assert machine.wait(PATIENCE_S).cause is Cause.EXIT


def test_a_reset_that_xl_refuses_ends_the_machine(start, place):
    machine = start()
    place.dom0.fails["xl create"] = "libxl: error: libxl_create.c:1:f: Domain 2:no more"
    with pytest.raises(BootFailed, match="xl did not make the domain: no more"):
        machine.reset()
    machine.wait(PATIENCE_S)
    assert not place.dom0.guests


def test_no_memory_is_told_with_what_there_is(start, place):
    place.dom0.fails["xl create"] = "libxl: error: libxl_dom.c:1:f: failed to free memory for it"
    with pytest.raises(BootFailed, match=r"memory for a domain of 32 MiB: Xen has 210 MiB left"):
        start()


def test_what_xl_says_of_a_bad_image_is_told(start, place):
    said = "xc: error: panic: xg_dom_core.c:689: xc_dom_find_loader: no loader found\x1b[2J"
    place.dom0.fails["xl create"] = said
    with pytest.raises(BootFailed, match="no loader found") as told:
        start()
    assert "\x1b" not in str(told.value)


def test_a_lab_that_dies_takes_its_machines(start, place):
    machine = start()
    say(place, b"alive\n")
    does(place, lambda _: place.ended.set_result(-9))
    ended = machine.wait(PATIENCE_S)
    assert (ended.cause, ended.message) == (
        Cause.LOST,
        "QEMU was killed by SIGKILL, and Xen in it",
    )
    place.dom0.guests.clear()
    place.dom0.files.clear()


def test_somebody_elses_destroy_is_noticed(start, place):
    machine = start()
    say(place, b"alive\n")
    machine.xl("destroy", "1")
    ended = machine.wait(PATIENCE_S)
    assert (ended.cause, ended.message) == (Cause.LOST, "its domain was destroyed")


def test_what_xl_does_behind_our_back_is_seen(start):
    machine = start()
    machine.xl("pause", "1")
    assert machine.state is State.PAUSED


def test_xl_output_is_shown_and_never_obeyed(start, place):
    machine = start()
    assert machine.xl("vcpu-list", "\x1b[2J") == "xl vcpu-list ^[[2J was run\n"
    place.dom0.fails["xl vcpu-list"] = "vcpu-list: bad\x1b"
    with pytest.raises(Dom0Refused, match="vcpu-list ended with status 1"):
        machine.xl("vcpu-list")


def test_a_dom0_that_does_not_destroy_does_not_hang_us(start, place):
    machine = start()
    say(place, b"alive\n")
    place.dom0.silent.add("xl destroy")
    assert machine.stop(timeout_s=0.05).cause in {Cause.LOST, Cause.STOPPED}
    assert place.given_up == "xl did not end within 20 s."
    place.dom0.guests.clear()


def test_a_guest_that_is_being_saved_has_not_ended(start, place):
    machine = start()
    looks = len(place.dom0.ran)
    does(place, lambda dom0: dom0.shut_down(Reason.SUSPEND))
    until(lambda: ["xl", "list", "-v", "1"] in place.dom0.ran[looks:])
    assert machine.exit is None
    does(place, lambda dom0: setattr(dom0.guest, "reason", None))
    machine.pause()
    assert machine.state is State.PAUSED


def test_after_the_end_it_is_not_driven(start, place):
    machine = start()
    machine.stop()
    for deed in (machine.pause, machine.reset, lambda: machine.xl("list")):
        with pytest.raises(WrongState):
            deed()


def test_no_qemu_of_its_own(start):
    with pytest.raises(UsageError, match="No QEMU runs this domain"):
        start().qmp("query-status")
