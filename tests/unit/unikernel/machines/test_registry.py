import pytest
from support.fake_machine import FakeMachine, fake_image

from unikernel import images
from unikernel.errors import NameTaken, NoSuchImage, NoSuchMachine
from unikernel.machines import attach, registry
from unikernel.model.state import State
from unikernel_toolchain.model.image import Image


@pytest.fixture(autouse=True)
def empty_session(tmp_path, own_runtime_folder, monkeypatch):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "cache"))
    with images.replaced(()), registry.replaced(()):
        yield


@pytest.fixture
def image(tmp_path):
    return fake_image(tmp_path)


def test_images_by_name(image):
    assert isinstance(image, Image)
    images.remember(image)
    assert images.image("hello") is image
    assert images.images() == (image,)


def test_an_unknown_image_names_the_nearest(image):
    with pytest.raises(NoSuchImage, match="Build it first"):
        images.image("hello")
    images.remember(image)
    with pytest.raises(NoSuchImage, match="Did you mean 'hello'"):
        images.image("helo")


def machine(image, name, state=State.RUNNING):
    made = FakeMachine(image, name)
    if state is State.EXITED:
        made.end()
    return made


def test_a_running_machine_keeps_its_name(image):
    first = machine(image, "vm")
    registry.register(first)
    with pytest.raises(NameTaken, match="'vm' is running"):
        registry.register(machine(image, "vm"))
    assert registry.machines() == (first,)


def test_an_ended_one_gives_it_away(image):
    registry.register(machine(image, "vm", State.EXITED))
    second = machine(image, "vm")
    registry.register(second)
    assert registry.machine("vm") is second


def test_clear_takes_ended_machines_off_the_list(image):
    running = machine(image, "a")
    registry.register(running)
    registry.register(machine(image, "b", State.EXITED))
    assert registry.clear() == 1
    assert registry.machines() == (running,)


def test_unregistering_another_of_the_name_does_nothing(image):
    kept = machine(image, "vm")
    registry.register(kept)
    registry.unregister(machine(image, "vm"))
    assert registry.machines() == (kept,)
    registry.unregister(kept)
    assert registry.machines() == ()


def test_an_unknown_machine(image):
    with pytest.raises(NoSuchMachine, match="Nothing was booted"):
        registry.machine("vm")
    registry.register(machine(image, "server"))
    with pytest.raises(NoSuchMachine, match="Did you mean 'server'"):
        registry.machine("servre")
    assert attach.machines() == ()


def ended_machines(image, count):
    for number in range(count):
        one = machine(image, f"vm{number}", State.EXITED)
        one.console.feed(f"{number}\n".encode() + b"x" * (1 << 20))
        registry.register(one)
        yield one


def test_of_ended_machines_the_last_are_kept(image):
    made = list(ended_machines(image, 3 * registry.ENDED_KEPT))
    running = machine(image, "vm")
    registry.register(running)
    assert registry.machines() == (*made[-registry.ENDED_KEPT :], running)
    kept = sum(len(one.console.text) + len(one.console.data) for one in made)
    assert kept <= 2 * registry.FULL_KEPT * (1 << 20) + 2 * len(made) * (1 << 16)
    assert made[-1].console.text.startswith("x")  # a megabyte
    assert len(made[-1].console.text) == 1 << 20
    assert made[0].console.text.endswith("x")
    with pytest.raises(NoSuchMachine, match="'vm0' has ended and is off the list") as caught:
        registry.machine("vm0")
    assert str(registry.ENDED_KEPT) in caught.value.hint


def test_running_machines_are_never_taken_off(image):
    running = [machine(image, f"run{number}") for number in range(2 * registry.ENDED_KEPT)]
    for one in running:
        registry.register(one)
    list(ended_machines(image, 2 * registry.ENDED_KEPT))
    assert set(running) <= set(registry.machines())


def test_a_forgotten_name_can_be_used_again(image):
    list(ended_machines(image, registry.ENDED_KEPT + 2))
    again = machine(image, "vm0")
    registry.register(again)
    assert registry.machine("vm0") is again


def test_names_of_forgotten_machines_are_bounded(image, monkeypatch):
    monkeypatch.setattr(registry, "_NAMES_KEPT", 3)
    list(ended_machines(image, registry.ENDED_KEPT + 10))
    registry.register(machine(image, "last"))
    assert len(registry._forgotten) == 3
