"""The frame of the course: what counts as done, what is said, what is copied."""

import errno
import json
import signal
import sys
import time

import pytest
from support.fake_machine import FakeMachine, fake_image

import course.__main__ as assignments
from unikernel import course
from unikernel.course import checking, exercises
from unikernel.errors import BootFailed, HypervisorMissing, NotYet, UnikernelError, UsageError
from unikernel.frontends.commands import actions
from unikernel.frontends.commands.call import Call
from unikernel.frontends.commands.parsers import parse, split


@pytest.fixture
def lab(monkeypatch):
    """A function that makes "ours" a lab whose exercises are checked by the functions given."""

    def make(*checkings):
        made = [
            exercises.Exercise("ours", number, f"Title {number}", checking)
            for number, checking in enumerate(checkings, 1)
        ]
        monkeypatch.setattr(checking, "exercises", lambda _: tuple(made))
        monkeypatch.setattr(checking, "exercise_of", lambda _, number: made[number - 1])

    return make


def raising(error):
    def check(_):
        raise error

    return check


def test_all_right_is_an_answer(lab, capsys):
    lab(lambda _: None, lambda _: None)
    assert str(course.check("ours")).startswith("Lab ours: all 2 exercises are right (checked in ")
    assert capsys.readouterr().out == "✓ 1. Title 1: right.\n✓ 2. Title 2: right.\n"


def test_one_that_is_missing_does_not_keep_the_next_from_being_checked(lab, capsys):
    lab(raising(NotYet("More of it.", detail="it said: 7", hint="Look there.")), lambda _: None)
    with pytest.raises(NotYet) as raised:
        course.check("ours")
    assert "1 of 2 exercises are right" in str(raised.value)
    said = capsys.readouterr().out
    assert said.startswith(
        "✗ 1. Title 1: not yet. More of it.\n    it said: 7\n    Hint: Look there.\n✓ 2."
    )


def test_an_error_of_ours_is_not_yet_and_says_what_to_do(lab, capsys):
    lab(raising(BootFailed("It does not fit.", hint="Give it more.")))
    with pytest.raises(NotYet):
        course.check("ours")
    assert "not yet. It does not fit.\n    Hint: Give it more.\n" in capsys.readouterr().out


def test_what_a_guest_says_is_short_and_harmless(lab, capsys):
    flood = "\x1b[2J\x1b]52;c;aGFjaw==\a" + "x" * 10**6 + "\ny" * 10**6
    lab(raising(NotYet(f"It says {flood}", detail=flood)))
    with pytest.raises(NotYet):
        course.check("ours")
    said = capsys.readouterr().out
    assert len(said) < 10_000
    assert said.count("\n") < 60
    assert not set(said) & {"\x1b", "\a"}
    assert "^[[2J" in said


def test_an_interrupt_ends_a_check_in_a_line_and_what_was_found_stands(lab, capsys):
    lab(lambda _: None, raising(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt) as raised:
        course.check("ours")
    (line,) = raised.value._render_traceback_()
    assert line.startswith("KeyboardInterrupt: what is said above holds.")
    right, interrupted = capsys.readouterr().out.splitlines()
    assert right == "✓ 1. Title 1: right."
    assert interrupted.startswith("✗ 2. Title 2: not yet. The check was interrupted")


def endless():
    while True:
        try:
            time.sleep(60)
        except Exception:  # noqa: BLE001 (as a student may write it)
            continue


def test_a_function_that_never_answers_costs_its_exercise_alone(lab, capsys, monkeypatch):
    monkeypatch.setattr("unikernel.course.work.CALL_S", 0.1)
    before = signal.getsignal(signal.SIGALRM)
    works = course.Work({"endless": endless})
    lab(lambda _: works.call("endless"), lambda _: None)
    with pytest.raises(NotYet, match="1 of 2"):
        course.check("ours")
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first == "✗ 1. Title 1: not yet. endless() has not answered after 0.1 s."
    assert last == "✓ 2. Title 2: right."
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_a_replaced_check_is_noticed_by_the_graded_cells(lab, monkeypatch):
    lab(lambda _: None)
    monkeypatch.setattr(course, "check", lambda *_: None)
    with pytest.raises(NotYet, match=r"in the place of uk\.course\.check"):
        checking.check("ours", 1)


def test_a_single_exercise_is_checked_alone(lab, capsys):
    lab(raising(NotYet("Missing.")), lambda _: None)
    assert "the exercise is right" in str(course.check("ours", 2))
    with pytest.raises(NotYet, match="exercise 1: Title 1 is not done yet"):
        course.check("ours", 1)
    assert capsys.readouterr().out.count("\n") == 2


def test_labs_and_exercises_that_are_not_there_are_refused_by_name():
    with pytest.raises(UsageError, match="no lab 'fist'") as raised:
        course.check("fist")
    assert "'first'" in raised.value.hint
    for number in (0, 99, "1"):
        with pytest.raises(UsageError, match=f"no exercise {number!r}"):
            course.check("first", number)
    for name in ("../first", "__init__", ""):
        with pytest.raises(UsageError, match="no lab"):
            course.check(name)


def test_an_untouched_session_has_nothing_right(only_these, capsys):
    only_these([], [])
    for lab in course.labs():
        with pytest.raises(NotYet, match=r"^Lab .*: 0 of "):
            course.check(lab.name)
    assert "Run the cell that begins with %%unikernel build greet" in capsys.readouterr().out


class TestWork:
    def test_images_and_machines_of_this_session_count(self, tmp_path, only_these):
        image = fake_image(tmp_path)
        machine = FakeMachine(image)
        only_these([image], [machine])
        work = course.Work({})
        assert work.image("hello") is image
        assert work.machine("hello") is machine
        for ask in (work.image, work.machine):
            with pytest.raises(NotYet, match=r"'other'.* in this session"):
                ask("other")

    def test_those_of_others_do_not(self, tmp_path, only_these, monkeypatch):
        image = fake_image(tmp_path)
        only_these((), (), [FakeMachine(image)])
        monkeypatch.setattr("unikernel_toolchain.remembered", lambda _: image)
        for ask in (course.Work({}).image, course.Work({}).machine):
            with pytest.raises(NotYet):
                ask("hello")

    def test_variables_are_of_the_kind_asked_for(self):
        work = course.Work({"n": 3, "x": 0.5, "yes": True, "none": None})
        assert (work.value("n", int), work.number("n"), work.number("x")) == (3, 3, 0.5)
        assert course.Work({"noticed": " Free\n"}).word("noticed") == "free"
        with pytest.raises(NotYet, match="variable gone is not there"):
            work.value("gone", int)
        for name in ("yes", "none"):
            with pytest.raises(NotYet, match=f"{name} should be"):
                work.number(name)

    def test_a_function_that_raises_is_told_with_what_it_was_given(self):
        def divide(a, b):
            return a / b

        def later():
            raise NotImplementedError

        work = course.Work({"divide": divide, "later": later, "n": 3, "quit": sys.exit})
        assert work.call("divide", 6, 2) == 3
        with pytest.raises(NotYet, match=r"divide\(1, 0\) raised ZeroDivisionError: division"):
            work.call("divide", 1, 0)
        with pytest.raises(NotYet, match=r"quit\(\) raised SystemExit"):
            work.call("quit")
        with pytest.raises(NotYet, match="still to be written"):
            work.call("later")
        with pytest.raises(NotYet, match="no function n"):
            work.call("n")


class TestBegin:
    @pytest.fixture
    def magics(self, monkeypatch):
        """The notebook's settings; a list of the shells that ask for them."""

        class Magics:
            target = "virtio"

        monkeypatch.setattr("unikernel.course.beginning.magics_of", lambda _: Magics)
        return Magics

    @pytest.fixture
    def without_qemu(self, monkeypatch):
        monkeypatch.setenv("PATH", "/nowhere")
        monkeypatch.delenv("QEMU_SYSTEM_X86_64", raising=False)

    def test_it_says_what_programs_are_built_for(self, magics):
        said = str(course.begin("first"))
        assert said.startswith("Lab 1, Your first unikernel: about 60 minutes.")
        assert "built for virtio: each is a virtual machine" in said
        assert "original" not in said

    def test_it_says_that_a_notebook_is_the_projects_own(self, magics, monkeypatch):
        monkeypatch.chdir(course.labs()[0].path.parent)
        said = str(course.begin("first"))
        assert said.endswith(
            "This is the original: for a copy of your own, %unikernel course FOLDER."
        )

    def test_without_qemu_programs_become_processes(self, magics, without_qemu):
        assert "QEMU is not installed here, and this lab works without it" in str(
            course.begin("memory")
        )
        assert magics.target == "unix"

    def test_without_qemu_a_lab_that_needs_it_says_what_to_install(self, magics, without_qemu):
        with pytest.raises(HypervisorMissing, match="Lab network needs QEMU") as raised:
            course.begin("network")
        assert "qemu-system-x86" in raised.value.hint


class TestCopies:
    def test_a_notebook_that_is_there_stays(self, tmp_path):
        place = tmp_path / "my labs"
        assert str(course.copy(place)).startswith(f"Copied to {place}: 01_first.ipynb, 02_")
        assert json.loads((place / "01_first.ipynb").read_text())["nbformat"] == 4
        (place / "01_first.ipynb").write_text("mine")
        (place / "02_boot.ipynb").unlink()
        copied, kept = str(course.copy(place)).splitlines()
        assert copied == f"Copied to {place}: 02_boot.ipynb."
        assert kept.startswith("These are there and stay as they are: 01_first.ipynb, 03_")
        assert (place / "01_first.ipynb").read_text() == "mine"

    @pytest.mark.parametrize("write", [course.copy, assignments.write])
    def test_on_a_full_disk_nothing_half_written_stays(self, tmp_path, monkeypatch, write):
        place = tmp_path / "labs"

        def full(path, text, **_):
            path.write_bytes(text[: len(text) // 2].encode())
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as disk:
            disk.setattr("pathlib.Path.write_text", full)
            with pytest.raises((UnikernelError, OSError)) as raised:
                write(place)
        assert "space left" in str(raised.value) or "the disk is full" in str(raised.value)
        assert [path for path in place.rglob("*") if path.is_file()] == []
        write(place)
        for path in place.rglob("*.ipynb"):
            json.loads(path.read_text())

    def test_the_command_lists_and_copies(self, tmp_path):
        listed = run("course")
        assert [line.split()[1] for line in str(listed).splitlines()[1:]] == [
            lab.name for lab in course.labs()
        ]
        assert "<table>" in listed._repr_html_()
        run(f"course '{tmp_path}'")
        assert (tmp_path / "01_first.ipynb").is_file()

    def test_a_place_that_is_none_is_told(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(UnikernelError, match="The labs cannot be copied to") as raised:
            course.copy(tmp_path / "file")
        assert raised.value.hint == "Name another folder: unikernel course FOLDER"


def run(line):
    return actions.run(Call(parse(split(line))))
