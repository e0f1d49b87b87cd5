"""Block devices of real guests: requests there and back, limits, what is kept and what is not."""

import re
import struct
import zlib

import pytest
from support.guests.guest_programs import ENDS_WITHIN_S, build, load
from support.platforms import ONE_A_TARGET, PLATFORMS, choices, target_of

import unikernel
from unikernel.machines.qemu import command_line

pytestmark = pytest.mark.boot

PROGRAMS = ("c_block", "c_block_solo5", "ocaml_block")
SIZE, SMALL = 16 << 20, 300 << 10
LOAD = "module Load = Block_load.Make (Mclock) (Block)\nlet start disk = Load.run disk\n"
LINUX_DATA = bytes.fromhex("af3dc60f838472478e793d69d8477de4")


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


def gpt_disk(path, sectors, parts):
    """Write a disk with a GUID partition table (UEFI 2.9, section 5.3)."""
    entries = b"".join(
        LINUX_DATA
        + bytes(16)
        + struct.pack("<QQQ", first, last, 0)
        + name.encode("utf-16-le").ljust(72, b"\0")
        for first, last, name in parts
    ).ljust(128 * 128, b"\0")
    place = struct.pack("<QQQQ", 1, sectors - 1, 34, sectors - 34)
    rest = bytes(16) + struct.pack("<QIII", 2, 128, 128, zlib.crc32(entries))
    header = struct.pack("<8sII", b"EFI PART", 0x10000, 92) + bytes(8) + place + rest
    header = header[:16] + struct.pack("<I", zlib.crc32(header)) + header[20:]
    protective = struct.pack("<BBBBBBBBII", 0, 0, 2, 0, 0xEE, 255, 255, 255, 1, sectors - 1)
    record = (bytes(446) + protective).ljust(510, b"\0") + b"\x55\xaa"
    path.write_bytes((record + header.ljust(512, b"\0") + entries).ljust(sectors * 512, b"\0"))


@pytest.mark.parametrize("platform", ONE_A_TARGET)
def test_partitions_and_memory_stand_on_block_devices(platform, tmp_path):
    path = tmp_path / "parts.img"
    gpt_disk(path, 4096, [(34, 99, "boot"), (100, 1023, "root")])
    with path.open("r+b") as file:
        file.seek(100 * 512)
        file.write(b"Hello, root!")
    image = build("ocaml_block_layers", platform, blocks=("storage",))
    with unikernel.boot(image, blocks={"storage": f"{path},ro"}, **choices(platform)) as vm:
        assert vm.wait(timeout_s=ENDS_WITHIN_S).status == 0
    assert vm.console.text.splitlines() == [
        *('1 "boot" 34 66', '2 "root" 100 924', "Hello, root!", "equal"),
    ]


@pytest.mark.parametrize("platform", ONE_A_TARGET)
def test_a_load_is_told_in_lines(platform, disks):
    image = unikernel.build(
        LOAD,
        name="load",
        target=target_of(platform),
        packages=("unikernel-apps.block",),
    )
    jobs = ("read:131072:8", "write:4096:1", "randread:512:32", "randwrite:4096:100")
    with unikernel.boot(
        image,
        blocks={"storage": str(disks["a"])},
        arguments=(f"--jobs={','.join(jobs)}", "--seconds=0.1"),
        **choices(platform),
    ) as vm:
        assert vm.wait(timeout_s=ENDS_WITHIN_S).status == 0
    *lines, last = vm.console.text.splitlines()
    assert last == "block-load done"
    for job, line in zip(jobs, lines, strict=True):
        assert line.startswith(f"block-load {job.replace(':', ' ')} ios=")
        told = {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", line)}
        assert told["ios"] > 0
        assert told["ns"] >= 10**8
        assert told["p50"] <= told["p90"] <= told["p99"] <= told["p999"] <= told["max"]
    assert disks["a"].read_bytes() != bytes(SIZE)


@pytest.mark.parametrize(
    ("job", "why"),
    [
        ("read:1000:1", "block-load failed: 1000 bytes are not of whole sectors"),
        ("write:512:1", "block-load failed: the block device is read-only"),
        ("read:4194304:1", "block-load failed: the block device is smaller than a request"),
    ],
)
def test_a_load_that_cannot_be_says_why(job, why, disks):
    image = unikernel.build(
        LOAD,
        name="load",
        target="unix",
        packages=("unikernel-apps.block",),
    )
    with unikernel.boot(
        image, blocks={"storage": f"{disks['b']},ro"}, arguments=(f"--jobs={job}",)
    ) as vm:
        assert vm.wait(timeout_s=ENDS_WITHIN_S).status == 1
    assert vm.console.text.strip() == why
