"""Block devices of real guests: requests there and back, limits, what is kept and what is not."""

import pytest
from support.guests.guest_programs import ENDS_WITHIN_S, build, load
from support.platforms import ONE_A_TARGET, PLATFORMS, choices, target_of

import unikernel
from unikernel.machines.qemu import command_line

pytestmark = pytest.mark.boot

PROGRAMS = ("c_block", "c_block_solo5", "ocaml_block")
SIZE, SMALL = 16 << 20, 300 << 10


@pytest.fixture
def disks(tmp_path):
    """A disk of zeros to write to, and one to read from."""
    a, b = tmp_path / "a.img", tmp_path / "b.img"
    for file, size in ((a, SIZE), (b, SMALL)):
        with file.open("wb") as made:
            made.truncate(size)
    return {"a": a, "b": b}


def run(name, platform, disks, **more):
    """Boot on these disks, of which b is read-only, and return the console's text and the end."""
    guest = load(name, target_of(platform))
    blocks = {"a": str(disks["a"]), "b": f"{disks['b']},ro"}
    image = build(name, platform, blocks=("a", "b"))
    given = {"memory_mib": 64, "arguments": ("a", "b"), **choices(platform), **more}
    if guest["language"] == "ocaml":
        given |= {"arguments": ()}
    with unikernel.boot(
        image, name=f"{name} {platform}", replace=True, blocks=blocks, **given
    ) as vm:
        return vm.console, vm.wait(timeout_s=ENDS_WITHIN_S)


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_what_may_be_asked_of_a_disk_and_what_not(name, platform, disks):
    console, ended = run(name, platform, disks)
    assert "WRONG" not in console.text
    assert "done" in console.text
    assert ended.status == 0


def test_a_device_older_than_virtio_1(disks, monkeypatch):
    modern, command = "virtio-mmio.force-legacy=false", command_line.command

    def older(*given, **more):
        words = command(*given, **more)
        assert modern in words
        return [word.replace(modern, modern.replace("false", "true")) for word in words]

    monkeypatch.setattr(command_line, "command", older)
    console, ended = run("c_block", "microvm", disks)
    assert "WRONG" not in console.text
    assert ended.status == 0


@pytest.mark.parametrize("platform", ONE_A_TARGET)
def test_names_choose_devices(platform, disks):
    """The order of the arguments is not that of the devices."""
    console, _ = run("c_block", platform, disks, arguments=("b", "a"))
    assert f"b: handle 33, {SMALL // 512} sectors of 512, read-only" in console.text
    assert f"a: handle 32, {SIZE // 512} sectors of 512, writable" in console.text


@pytest.mark.parametrize("platform", ONE_A_TARGET)
def test_a_device_that_is_not_there(platform, disks):
    console, ended = run("c_block", platform, disks, arguments=("c",))
    assert "c: refused 2" in console.text
    assert ended.status == 1


@pytest.mark.parametrize("platform", ONE_A_TARGET)
def test_what_was_written_is_in_the_file(platform, disks):
    run("c_block_solo5", platform, disks)
    written = disks["a"].read_bytes()
    assert written[512:1024] == bytes((7 * i + i // 512) % 256 for i in range(512))
    assert not any(written[:512])
    assert not any(disks["b"].read_bytes())


@pytest.mark.parametrize("platform", ONE_A_TARGET)
def test_two_disks_fit_in_2_mib(platform, disks):
    console, ended = run("c_block", platform, disks, memory_mib=2)
    assert "WRONG" not in console.text
    assert ended.status == 0
