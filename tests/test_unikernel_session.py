import pytest
from fake_machine import FakeMachine, fake_image

from unikernel import session
from unikernel.errors import NameTaken, NoSuchImage, NoSuchMachine
from unikernel.machines import others
from unikernel.state import Cause, Exit, State
from unikernel_toolchain.image import Image


@pytest.fixture(autouse=True)
def empty_session(tmp_path, tmp_path_factory, monkeypatch):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    monkeypatch.setattr(session, "_images", {})
    monkeypatch.setattr(session, "_machines", {})


@pytest.fixture
def image(tmp_path):
    return fake_image(tmp_path)


def test_images_by_name(image):
    assert isinstance(image, Image)
    session.remember(image)
    assert session.image("hello") is image
    assert session.images() == (image,)


def test_an_unknown_image_names_the_nearest(image):
    with pytest.raises(NoSuchImage, match="Build it first"):
        session.image("hello")
    session.remember(image)
    with pytest.raises(NoSuchImage, match="Did you mean 'hello'"):
        session.image("helo")


def machine(image, name, state=State.RUNNING):
    made = FakeMachine(image, name)
    made.state = state
    made.exit = Exit(Cause.EXIT, 0) if state is State.EXITED else None
    return made


def test_a_running_machine_keeps_its_name(image):
    first = machine(image, "vm")
    session.enrol(first)
    with pytest.raises(NameTaken, match="'vm' is running"):
        session.enrol(machine(image, "vm"))
    assert session.machines() == (first,)


def test_an_ended_one_gives_it_away(image):
    session.enrol(machine(image, "vm", State.EXITED))
    second = machine(image, "vm")
    session.enrol(second)
    assert session.machine("vm") is second


def test_clear_takes_ended_machines_off_the_list(image):
    running = machine(image, "a")
    session.enrol(running)
    session.enrol(machine(image, "b", State.EXITED))
    assert session.clear() == 1
    assert session.machines() == (running,)


def test_dismissing_another_of_the_name_does_nothing(image):
    kept = machine(image, "vm")
    session.enrol(kept)
    session.dismiss(machine(image, "vm"))
    assert session.machines() == (kept,)
    session.dismiss(kept)
    assert session.machines() == ()


def test_an_unknown_machine(image):
    with pytest.raises(NoSuchMachine, match="Nothing was booted"):
        session.machine("vm")
    session.enrol(machine(image, "server"))
    with pytest.raises(NoSuchMachine, match="Did you mean 'server'"):
        session.machine("servre")
    assert others.machines() == ()
