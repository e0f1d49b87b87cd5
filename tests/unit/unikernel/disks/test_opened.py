"""Disks opened on the host: made, locked, copied, and refused."""

import fcntl
import os
import random
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from unikernel.disks import open_disks, qcow2, temporary
from unikernel.errors import DiskUnavailable
from unikernel.model.block import parse

MIB = 1 << 20


def descriptors():
    return {path.name for path in Path("/proc/self/fd").iterdir()}


@pytest.fixture(autouse=True)
def no_descriptor_stays():
    before = descriptors()
    yield
    assert descriptors() <= before


@pytest.fixture
def raw(tmp_path):
    path = tmp_path / "disk.img"
    path.write_bytes(b"first".ljust(MIB, b"\0"))
    return path


def closing(disks):
    for disk in disks.values():
        disk.close()
        disk.close()


def refusal(text, **options):
    with pytest.raises(DiskUnavailable) as caught:
        closing(open_disks({"storage": parse(text)}, **options))
    assert "'storage'" in str(caught.value)
    return str(caught.value)


def test_a_fresh_disk_is_zeroes_without_a_name(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    disks = open_disks({"storage": parse("64M")})
    descriptor = disks["storage"].descriptor
    assert os.fstat(descriptor).st_size == 64 * MIB
    assert os.fstat(descriptor).st_nlink == 0
    assert not any(tmp_path.iterdir())
    assert os.pwrite(descriptor, b"x", 64 * MIB - 1) == 1
    closing(disks)


def test_a_file_is_made_once_and_kept(tmp_path):
    text = f"{tmp_path}/new.img,size=1M"
    disks = open_disks({"storage": parse(text)})
    os.pwrite(disks["storage"].descriptor, b"kept", 0)
    closing(disks)
    disks = open_disks({"storage": parse(text)})
    assert os.pread(disks["storage"].descriptor, 4, 0) == b"kept"
    closing(disks)
    assert (tmp_path / "new.img").stat().st_mode & 0o077 == 0
    assert "1M, not 2M" in refusal(f"{tmp_path}/new.img,size=2M")


def test_what_is_read_only_cannot_be_written(raw):
    disks = open_disks({"storage": parse(f"{raw},ro")})
    with pytest.raises(OSError, match="Bad file"):
        os.pwrite(disks["storage"].descriptor, b"x", 0)
    closing(disks)


def test_a_private_snapshot_is_a_copy_with_its_holes(tmp_path, raw):
    with raw.open("r+b") as file:
        file.truncate(64 * MIB)
        file.seek(63 * MIB)
        file.write(b"last")
    disks = open_disks({"storage": parse(f"{raw},snapshot")}, private=True)
    descriptor = disks["storage"].descriptor
    assert os.pread(descriptor, 5, 0) == b"first"
    assert os.pread(descriptor, 4, 63 * MIB) == b"last"
    assert os.fstat(descriptor).st_blocks * 512 < 8 * MIB
    os.pwrite(descriptor, b"other", 0)
    closing(disks)
    assert raw.read_bytes()[:5] == b"first"


def test_what_is_no_disk_is_told(tmp_path, raw):
    (tmp_path / "odd").write_bytes(b"x" * 700)
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "circle").symlink_to("circle")
    assert "there is none" in refusal(f"{tmp_path}/none.img")
    assert "there is none" in refusal(f"{tmp_path}/none.img,ro")
    assert "Is a directory" in refusal(str(tmp_path))
    assert "a folder" in refusal(f"{tmp_path},ro")
    assert "a pipe" in refusal(f"{tmp_path}/pipe,ro")
    assert "a character device" in refusal("/dev/null")
    assert "symbolic links" in refusal(f"{tmp_path}/circle")
    assert "truncate -s 1024" in refusal(f"{tmp_path}/odd")
    assert "truncate -s 512" in refusal(f"{tmp_path}/empty")
    assert "no qcow2 image" in refusal(f"{raw},format=qcow2")


def test_what_is_advised_of_a_missing_file_can_be_done(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    advice = {text: advised(text) for text in ("a.img", "a.img,ro", "a.img,size=1M,snapshot")}
    assert advice["a.img"] == f"To have it made, say how large: {tmp_path}/a.img,size=64M"
    assert advice["a.img,ro"] == f"Make the file first: truncate -s 64M {tmp_path}/a.img"
    assert advice["a.img,size=1M,snapshot"].endswith(f"truncate -s 1M {tmp_path}/a.img")
    assert "a disk that is made cannot be read-only" in refusal("a.img,size=1M,ro")
    assert "qemu-img create -f qcow2" in advised("a.qcow2,ro")
    assert advised("no such/a.img,size=1M") == f"Make it first: mkdir -p '{tmp_path}/no such'"
    for wrong in ("64Q", "1.5G", "64 M"):
        assert "units K, M, G, T" in advised(wrong)
    assert "units" not in advised("./64M")
    (tmp_path / "link.img").symlink_to("nowhere")
    assert "a link to nowhere" in refusal("link.img")
    assert not list(tmp_path.glob("*a*"))


@pytest.mark.parametrize("text", ["4M", "none", "none,ro", "{raw},snapshot"])
@pytest.mark.parametrize("named", ["nowhere", "disk.img"])
def test_a_place_for_disks_that_is_no_folder_is_told(raw, tmp_path, monkeypatch, text, named):
    monkeypatch.setenv("TMPDIR", str(tmp_path / named))
    told = refusal(text.format(raw=raw))
    assert f"TMPDIR names {tmp_path / named}, which is no folder" in told
    assert "size=" not in told


def advised(text):
    with pytest.raises(DiskUnavailable) as caught:
        closing(open_disks({"storage": parse(text)}))
    return caught.value.hint


@pytest.mark.skipif(os.getuid() == 0, reason="root is refused nothing")
def test_a_file_of_others_is_refused(raw):
    raw.chmod(0)
    assert "permission denied" in refusal(str(raw))


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "ftruncate", full)
    monkeypatch.setattr(temporary, "folder", lambda: tmp_path)
    assert "the disk is full" in refusal(f"{tmp_path}/new.img,size=1M")
    assert "TMPDIR" in refusal("64M")
    assert not any(tmp_path.iterdir())


def test_one_device_that_fails_closes_the_others(raw):
    with pytest.raises(DiskUnavailable):
        open_disks({"a": parse(str(raw)), "b": parse("/no/such/file")})


@pytest.mark.parametrize(("one", "other"), [("", ""), ("", ",ro"), (",snapshot", "")])
def test_a_file_is_not_written_behind_two_devices(tmp_path, raw, one, other):
    (tmp_path / "alias.img").symlink_to(raw)
    blocks = {"a": parse(f"{raw}{one}"), "b": parse(f"{tmp_path}/alias.img{other}")}
    with pytest.raises(DiskUnavailable, match="'a' and 'b'"):
        open_disks(blocks)


def test_two_devices_may_read_one_file(raw):
    closing(open_disks({"a": parse(f"{raw},ro"), "b": parse(f"{raw},snapshot")}))


@pytest.mark.parametrize(
    ("held", "wanted", "is_free"),
    [("", "", False), ("", ",ro", False), (",ro", "", False), (",ro", ",snapshot", True)],
)
def test_a_file_in_use_is_refused(raw, held, wanted, is_free):
    disks = open_disks({"held": parse(f"{raw}{held}")})
    if is_free:
        closing(open_disks({"storage": parse(f"{raw}{wanted}")}))
    else:
        assert "another machine or program" in refusal(f"{raw}{wanted}")
    closing(disks)
    closing(open_disks({"storage": parse(f"{raw}{wanted}")}))


def test_a_lock_lives_as_long_as_who_inherited_it(raw):
    disks = open_disks({"held": parse(str(raw))})
    with subprocess.Popen(
        (sys.executable, "-c", "input()"),
        stdin=subprocess.PIPE,
        pass_fds=[disks["held"].descriptor],
    ) as heir:
        closing(disks)
        assert "another machine" in refusal(str(raw))
        heir.communicate(b"\n")
    closing(open_disks({"storage": parse(str(raw))}))


def test_a_file_system_without_locks_is_taken_to_be_free(raw, monkeypatch):
    def unable(*_):
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(fcntl, "fcntl", unable)
    closing(open_disks({"storage": parse(str(raw))}))


def header_with(path, offset, value):
    data = bytearray(path.read_bytes())
    data[offset : offset + len(value)] = value
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("offset", "value", "says"),
    [
        (8, struct.pack(">QI", 0x200, 11), "backing file"),
        (72, struct.pack(">Q", 4), "data file"),
        (72, struct.pack(">Q", 2), "corrupt"),
        (32, struct.pack(">I", 1), "encrypted"),
        (4, struct.pack(">I", 7), "version 7"),
        (0, b"QFI", "no qcow2 image"),
        (24, struct.pack(">Q", 777), "777 bytes"),
    ],
)
def test_a_qcow2_that_names_files_or_is_not_right_is_refused(tmp_path, offset, value, says):
    path = tmp_path / "disk.qcow2"
    closing(open_disks({"storage": parse(f"{path},size=1G")}))
    assert path.stat().st_size < MIB
    good = refusal(f"{path},size=1M")
    assert "1G, not 1M" in good
    if says == "no qcow2 image":
        value = b"RAW\0"
    header_with(path, offset, value)
    assert says in refusal(str(path))


def test_a_header_is_any_bytes():
    generator = random.Random(7)
    descriptor = temporary.file(0)
    for _ in range(2000):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, qcow2.MAGIC + generator.randbytes(generator.randrange(120)), 0)
        with suppress(qcow2.NotUsableError):
            assert qcow2.read(descriptor).size_bytes >= 0
    os.close(descriptor)
