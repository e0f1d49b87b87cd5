import pytest
from support.fake_machine import FakeDomain, FakeMachine, FakeProcess, fake_image, only_one

from unikernel.errors import (
    ConsoleTimeout,
    HypervisorSilent,
    NoSuchImage,
    NoSuchMachine,
    UsageError,
    WrongState,
)
from unikernel.frontends.commands import actions
from unikernel.frontends.commands.call import Call
from unikernel.frontends.commands.parsers import parse, split
from unikernel.model.measurement import Measurement, Measurements
from unikernel.model.state import Cause
from unikernel.render.display import (
    image_text,
    machine_bundle,
    machine_html,
    machine_text,
    machines_table,
    measurements_table,
)
from unikernel.render.live_console import Screen
from unikernel.render.results import Table
from unikernel_toolchain.errors import BadRequest


@pytest.fixture
def machine(tmp_path, only_these):
    return only_one(only_these, tmp_path)


def run(line, cell=None):
    return actions.run(Call(parse(split(line)), cell))


def test_pause_and_resume_say_the_new_state(machine):
    assert str(run("pause hello")) == "hello: paused"
    assert str(run("resume hello")) == "hello: running"
    assert machine.commands == [("stop", None), ("cont", None)]


def test_stop_says_how_each_ended(machine):
    assert "hello  stopped" in str(run("stop hello"))
    assert machine.exit.cause is Cause.STOPPED
    assert str(run("stop --all")) == "No machine is running."


def test_machines_of_other_processes_are_named_with_how_to_stop_them(tmp_path, only_these):
    image = fake_image(tmp_path)
    others = [FakeMachine(image, name) for name in ("web", "two words", "twice", "twice", "over")]
    others[-1].end()
    only_these((), (), others)
    said = str(run("stop --all"))
    assert "runs no machine; others run web, two words, twice@4711, twice@4711.\n" in said
    assert ": %unikernel stop web 'two words' twice@4711 twice@4711\n" in said
    assert said.endswith(": %unikernel stop --all --others")
    only_these([image], [FakeMachine(image)], others)
    assert "hello  stopped" in str(run("stop --all")), "its own are stopped, as before"
    assert [one.exit is None for one in others] == [True] * 4 + [False]


def test_machines_of_other_processes_are_stopped_when_that_is_said(tmp_path, only_these):
    image = fake_image(tmp_path)
    own, other = FakeMachine(image, "own"), FakeMachine(image, "other")
    only_these([image], [own], [other])
    with pytest.raises(UsageError, match="--others goes with --all"):
        run("stop own --others")
    said = str(run("stop --all --others"))
    assert all(f"{one.name} " in said for one in (own, other))
    assert [one.exit.cause for one in (own, other)] == [Cause.STOPPED] * 2


@pytest.mark.parametrize(
    "line", ["stop a none b", "stop none a b", "stop a b nor none", "stop a b a x"]
)
def test_stop_stops_those_it_knows_and_then_names_the_others(line, tmp_path, only_these):
    image = fake_image(tmp_path)
    machines = [FakeMachine(image, name) for name in "ab"]
    only_these([image], machines)
    with pytest.raises(NoSuchMachine) as caught:
        run(line)
    unknown = [word for word in line.split()[1:] if word not in "ab"]
    assert caught.value.what == " ".join(f"No machine {name!r}." for name in unknown)
    assert caught.value.detail == "Stopped: a, b."
    assert [one.exit.cause for one in machines] == [Cause.STOPPED] * 2


@pytest.mark.parametrize("line", ["stop a b", "stop --all"])
def test_a_machine_that_cannot_be_stopped_keeps_no_other_running(
    line, tmp_path, monkeypatch, only_these
):
    image = fake_image(tmp_path)
    held, other = machines = [FakeMachine(image, name) for name in "ab"]
    only_these([image], machines)

    def refuse(*_):
        raise HypervisorSilent("It does not answer.")

    monkeypatch.setattr(held, "stop", refuse)
    with pytest.raises(HypervisorSilent, match="does not answer"):
        run(line)
    assert (held.exit, other.exit.cause) == (None, Cause.STOPPED)


@pytest.mark.parametrize("line", ["stop", "stop hello --all"])
def test_stop_wants_names_or_all(line, machine):
    with pytest.raises(UsageError, match="--all"):
        run(line)


@pytest.mark.parametrize("command", ["stop", "pause", "logs", "console", "reset", "panel"])
def test_an_unknown_machine_is_named_with_the_nearest(command, machine):
    with pytest.raises(NoSuchMachine) as caught:
        run(f"{command} helo")
    assert "'helo'" in caught.value.what
    assert caught.value.hint == "Did you mean 'hello'?"


@pytest.mark.parametrize("line", ["boot helo", "measure boot helo", "plot size helo"])
def test_an_unknown_image_is_named_with_the_nearest(line, machine):
    with pytest.raises(NoSuchImage) as caught:
        run(line)
    assert caught.value.hint == "Did you mean 'hello'?"


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("qmp hello query-status", ("query-status", {})),
        ("""qmp hello device_del '{"id": "x y"}'""", ("device_del", {"id": "x y"})),
        ("""qmp hello '{"execute": "stop"}'""", ("stop", {})),
        ("""qmp hello '{"execute": "a", "arguments": {"b": 1}}'""", ("a", {"b": 1})),
    ],
)
def test_qmp_passes_the_request_on(line, asked, machine):
    run(line)
    assert machine.commands == [asked]


@pytest.mark.parametrize(
    "command", ['stop {"a":1}', "stop '[1]'", """'{"run": 1}'""", """'{"execute": "a"}' '{}'"""]
)
def test_qmp_refuses_what_is_no_request(command, machine):
    with pytest.raises(UsageError):
        run(f"qmp hello {command}")
    assert machine.commands == []


def test_console_types_and_waits(machine):
    machine.console.feed(b"login: ok\n")
    assert str(run("console hello --send who --expect 'login: (ok)'")) == "login: ok"
    assert machine.console.typed == b"who\n"


def test_console_tells_what_was_said_instead(machine):
    machine.console.feed(b"something else\n")
    with pytest.raises(ConsoleTimeout, match="something else"):
        run("console hello --expect never --timeout 0.01")


def test_logs_shows_the_last_lines(machine):
    machine.console.feed("".join(f"line {i}\n" for i in range(9)).encode())
    assert str(run("logs hello -n 2")) == "line 7\nline 8"


def test_logs_are_saved(machine, tmp_path):
    machine.console.feed(RUDE.encode())
    file = tmp_path / "log"
    assert str(run(f"logs hello --save {file}")) == f"{file}: {len(RUDE.encode())} bytes."
    assert file.read_bytes() == RUDE.encode(), "the bytes themselves"
    machine.console.feed(b"x" * (1 << 20))
    assert str(run(f"logs hello --save {file}")).endswith(
        f", the last of {machine.console.size:,}."
    )
    with pytest.raises(UsageError, match="there is no folder"):
        run(f"logs hello --save {tmp_path}/none/log")


def test_only_build_takes_a_cell(machine):
    with pytest.raises(UsageError, match="boot takes no cell"):
        run("boot hello", cell="let x = 1")


@pytest.mark.parametrize(
    ("line", "cell", "message"),
    [
        ("build hello", None, "no cell and no file"),
        ("build 'my hello'", None, "%%unikernel build 'my hello', or"),
        ("build /no/such/folder", None, "There is no /no/such/folder"),
        ("build no/such", None, "There is no no/such"),
        ("boot 'blk unix'", None, "%%unikernel build 'blk unix'"),
        ("build hello a.ml", "let x = 1", "'a.ml' behind the image's name is"),
        ("build two words", "let x = 1", "'words' behind"),
        ("build hello /nowhere/a.ml", None, "Cannot read /nowhere/a.ml"),
        ("plot boot", None, "Which image"),
    ],
)
def test_a_request_without_what_it_needs(line, cell, message, only_these):
    only_these([], [])
    with pytest.raises((UsageError, BadRequest, NoSuchImage), match=message):
        run(line, cell)


def test_an_image_tells_size_time_and_the_next_step(tmp_path):
    fresh = image_text(fake_image(tmp_path, name="two words", packages=("lwt",)))
    assert fresh.splitlines() == [
        "two words: 123,456 bytes for virtio with lwt, built in 0.14 s",
        "Next: %unikernel boot 'two words'",
    ]
    cached = image_text(fake_image(tmp_path, cached=True), "unikernel")
    assert "unchanged, from the cache (built in 0.14 s)" in cached
    assert cached.endswith("Next: unikernel boot hello")


def test_a_process_is_shown_as_one(tmp_path):
    process = FakeProcess(fake_image(tmp_path, target="unix"))
    assert machine_text(process).startswith("hello: process, 32 MiB, native, pid 4711\n")
    assert "<b>hello</b>: process, 32 MiB" in machine_html(process)
    commands = "<code>%unikernel console hello</code> · <code>%unikernel stop hello</code>"
    assert f"Next: {commands}" in machine_html(process)
    heading, line = str(machines_table([process])).splitlines()
    columns = dict(zip(heading.split(), line.split(), strict=False))
    assert (columns["TARGET"], columns["TYPE"], columns["ACCEL"]) == ("unix", "process", "native")


@pytest.mark.parametrize(
    ("line", "asked"),
    [("xl hello list -v", "list -v"), ("xl hello -- dmesg", "-- dmesg"), ("xl hello info", "info")],
)
def test_xl_gets_its_own_flags_and_its_words_are_shown(line, asked, tmp_path, only_these):
    image = fake_image(tmp_path, target="xen")
    domain = FakeDomain(image)
    only_these([image], [domain])
    assert str(run(line)) == "said^[[2J"
    assert domain.commands == [(asked, None)]


def test_xl_is_a_domains_alone(machine):
    with pytest.raises(UsageError, match="'hello' is no domain of Xen's"):
        run("xl hello list")


@pytest.mark.parametrize("line", ["reset hello", "qmp hello query-status"])
def test_a_process_says_what_to_do_instead(line, tmp_path, only_these):
    image = fake_image(tmp_path, target="unix")
    only_these([image], [FakeProcess(image)])
    with pytest.raises(UsageError, match="'hello' is a process") as caught:
        run(line)
    assert caught.value.hint


def measured(target, machine, *values):
    where = {"image": "hello", "target": target, "machine": machine, "memory_mib": 32}
    return Measurements(
        Measurement("boot.total", value, "ms", where, sample) for sample, value in enumerate(values)
    )


def test_targets_that_are_compared_have_lines_of_their_own():
    both = measured("virtio", "microvm", 20.5, 22.5, 24.5) + measured("unix", "process", 0.5, 0.6)
    lines = str(measurements_table(both)).splitlines()
    assert lines[1].split()[:4] == ["boot.total", "(virtio)", "ms", "22.50"]
    assert lines[2].split()[:4] == ["boot.total", "(unix)", "ms", "0.55"]
    assert lines[3] == "virtio, microvm, 32 MiB; unix, process, 32 MiB"
    assert "(unix)" not in str(measurements_table(measured("unix", "process", 0.5)))


def test_a_failed_machine_says_so(machine):
    machine.end(Cause.FAULT, None, "page fault: write to 0x1000 in start+0x12")
    assert "fault: page fault: write to 0x1000" in machine_text(machine)
    assert "Next: %unikernel logs hello" in machine_text(machine)
    assert "fault: page fault: write to 0x1000 in …" in str(machines_table([machine]))


def test_a_machine_that_lacked_memory_is_offered_more(machine):
    machine.console.feed(b"Fatal error: exception Out_of_memory\n")
    machine.end(status=2)
    assert "%unikernel boot hello -m 64" in machine_text(machine)
    machine._side.name = "second one"
    assert "%unikernel boot hello --name 'second one' -m 64" in machine_text(machine)


CONTROLS = {chr(code) for code in (*range(32), *range(127, 160), 0x202E)}
RUDE = "\x1b]52;c;aGFjaw==\x07\x1b[2J\x9b2J\u202etxt"


def test_what_a_guest_says_last_does_nothing_where_it_is_shown(machine):
    machine.console.feed(f"{RUDE}\n\x1b]0;title\x07said\u202e\x9b\n".encode())
    machine.end(Cause.ABORT, None, RUDE)
    panel = machine_bundle(machine)
    screen = Screen.of(machine).bundle()
    answers = [run("ps"), run("logs hello"), run("console hello"), run("stop hello")]
    shown = [str(machine), repr(machine), str(machine.exit), repr(machine.exit)]
    shown += [*panel.values(), *screen.values(), *map(str, answers)]
    shown += [answer._repr_html_() for answer in answers]
    for text in shown:
        assert [one for one in text if one != "\n" and one in CONTROLS] == []
    assert "^[]52;c;aGFjaw==^G^[[2J<U+009B>2J<U+202E>txt" in panel["text/plain"]
    assert "said<U+202E><U+009B>\n[hello: abort: ^[]52;c;" in screen["text/plain"]


def test_logs_pass_everything_on_when_asked_to_and_a_page_nothing(machine):
    machine.console.feed(RUDE.encode())
    raw = run("logs hello --raw")
    assert str(raw) == RUDE
    assert not (CONTROLS - {"\n"}) & set(raw._repr_html_())


def test_tables_escape_what_guests_and_people_write():
    table = Table(("NAME",), (("<script>alert(1)</script>",),))
    assert "<script>" not in table._repr_html_()
    assert "<script>" in str(table)


def test_an_ended_machine_is_booted_again_under_its_name(tmp_path, only_these):
    image = fake_image(tmp_path)
    ended = FakeMachine(image, "a vm")
    only_these([image], [ended])
    ended.stop()
    with pytest.raises(WrongState) as caught:
        run("pause 'a vm'")
    assert caught.value.hint == "Boot it again: %unikernel boot hello --name 'a vm'"


@pytest.mark.parametrize(
    "flags",
    [
        "--block storage=64M --block storage=32M",
        "--block 64M --block 64M",
        "--net service=user --net service=tap",
        "--kv htdocs=a --kv htdocs=b",
        "--pcap service --pcap service=x.pcap",
    ],
)
def test_a_device_is_given_one_thing(flags, tmp_path, only_these):
    only_these([fake_image(tmp_path)], [])
    with pytest.raises(UsageError, match="is given twice"):
        run(f"boot hello {flags}")


def test_what_another_process_built_cannot_be_built_for_another_target(machine):
    assert machine.image.target == "virtio"
    with pytest.raises(UsageError) as caught:
        run("boot hello -t unix")
    assert "built for virtio" in caught.value.what
    assert "-t unix" in caught.value.hint
