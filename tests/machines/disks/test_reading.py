"""Disks that other programs made, and those of machines that run, read on the host."""

import os
import shutil
import subprocess
import tarfile

import pytest
from support.guests import tiny_guest, tiny_process

from unikernel import machines
from unikernel.disks import contents
from unikernel.errors import DiskUnavailable, UsageError
from unikernel.frontends.commands import actions
from unikernel.frontends.commands.call import Call
from unikernel.frontends.commands.parsers import parse, split
from unikernel.machines import registry

PATIENCE_S = 60
BITS = {12: "2M", 16: "24M", 32: "80M"}


@pytest.fixture(autouse=True)
def nothing_listed():
    yield
    registry.clear()


@pytest.fixture
def tree(tmp_path):
    """A folder with what file systems find hard."""
    top = tmp_path / "tree"
    (top / "Folder with a long name/deep").mkdir(parents=True)
    (top / "empty folder").mkdir()
    (top / "empty").touch()
    (top / "README.TXT").write_bytes(b"short\n")
    (top / "lower.txt").write_bytes(b"lower\n")
    (top / "Folder with a long name/deep/grüße €.bin").write_bytes(os.urandom(300_001))
    for number in range(60):
        (top / f"Folder with a long name/file number {number}").write_bytes(bytes([number]))
    return top


def run(*argv):
    subprocess.run(argv, check=True, capture_output=True, timeout=PATIENCE_S)


def run_line(line):
    return actions.run(Call(parse(split(line))))


def same_tree(one, other):
    listed = [sorted(str(p.relative_to(top)) for p in top.rglob("*")) for top in (one, other)]
    assert listed[0] == listed[1]
    for path in one.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (other / path.relative_to(one)).read_bytes()


@pytest.mark.parametrize("bits", BITS)
def test_what_mtools_wrote_is_read(tmp_path, tree, bits):
    disk = tmp_path / "disk.img"
    run("truncate", "-s", BITS[bits], str(disk))
    run("mkfs.fat", "-F", str(bits), "-n", "LABEL", str(disk))
    names = [str(path) for path in tree.iterdir()]
    run("env", "LC_ALL=C.UTF-8", "mcopy", "-s", "-i", str(disk), *names, "::")
    with contents(disk) as found:
        assert found.areas[0].volume.kind == f"FAT{bits}"
        assert found.areas[0].volume.label == "LABEL"
        assert found.read("readme.txt") == b"short\n"
        found.extract(tmp_path / "out")
    same_tree(tree, tmp_path / "out")


@pytest.mark.parametrize("form", ["ustar", "pax", "gnu", "bsdtar"])
def test_what_tars_wrote_is_read(tmp_path, tree, form):
    disk = tmp_path / "disk.img"
    if form == "bsdtar":
        run("bsdtar", "-cf", str(disk), "-C", str(tree), ".")
    else:
        run("tar", f"--format={form}", "-cf", str(disk), "-C", str(tree), ".")
    with contents(disk) as found:
        found.extract(tmp_path / "out")
    same_tree(tree, tmp_path / "out")


def test_the_command_lists_shows_and_extracts(tmp_path, tree):
    disk = tmp_path / "disk.img"
    with tarfile.open(disk, "w") as archive:
        archive.add(tree, ".")
    listed = str(run_line(f"disk ls '{disk}'"))
    assert "Folder with a long name/deep/grüße €.bin  300,001" in listed
    assert "README" not in str(run_line(f"disk ls '{disk}' 'Folder with a long name/deep'"))
    assert run_line(f"disk cat '{disk}' README.TXT").data == b"short\n"
    assert "tar archive" in str(run_line(f"disk info '{disk}'"))
    out = tmp_path / "out"
    assert "Wrote 64 files" in str(run_line(f"disk extract '{disk}' '{out}'"))
    same_tree(tree, out)
    shutil.rmtree(out)
    assert "Wrote 1 files" in str(run_line(f"disk extract '{disk}' '{out}' README.TXT"))


def test_a_wrong_line_says_how_it_is_written(tmp_path):
    for line, says in (
        ("disk cat /x", "disk cat DISK PATH"),
        ("disk info", "disk info DISK"),
        ("disk extract /x", "DISK FOLDER"),
        ("disk ls /x y z", r"\[PATH\]"),
        ("disk mount x", "mount"),
        ("disk ls nosuch", "no machine and no file 'nosuch'"),
    ):
        with pytest.raises(UsageError, match=says):
            run_line(line)
    with pytest.raises(DiskUnavailable, match="No such file"):
        run_line(f"disk ls {tmp_path}/none.img")
    assert "No machine has a disk" in str(run_line("disk ls"))


WRITE = 'out(variable(words, "UNIKERNEL_BLOCK_0", -1), "written", 7); say("done\\n");'


@pytest.mark.boot
def test_a_running_machines_disk_is_read(tmp_path):
    """A fresh one too, which has no name; and the copy of a process's snapshot."""
    base = tmp_path / "base.img"
    base.write_bytes(bytes(4096))
    image = tiny_process.image(tmp_path, WRITE + tiny_process.LOOP, blocks=("a", "b"))
    for disk in ("1M", f"{base},snapshot"):
        with machines.boot(image, blocks={"a": disk, "b": str(tmp_path / "b.img,size=1M")}) as vm:
            vm.console.expect("done", timeout_s=PATIENCE_S)
            with vm.contents("a") as found:
                assert os.pread(found._descriptors[0], 7, 0) == b"written"
            with vm.contents("b") as found:
                assert found.size_bytes == 1 << 20
            with pytest.raises(UsageError, match="no block device 'c'"):
                vm.contents("c")
            assert "on it" in str(run_line("disk info tiny:b"))
            rows = [row.split()[:2] for row in str(run_line("disk ls")).splitlines()]
            assert ["tiny", "b"] in rows
        if disk == "1M":
            with pytest.raises(DiskUnavailable, match="no contents"):
                vm.contents("a")
        vm.contents("b").close()


@pytest.mark.boot
def test_another_processes_disk_is_read(tmp_path):
    image = tiny_process.image(tmp_path, WRITE + tiny_process.LOOP, blocks=("a",))
    with machines.detach(image, name="far", blocks={"a": "1M"}) as vm:
        vm.console.expect("done", timeout_s=PATIENCE_S)
        with vm.contents() as found:
            assert os.pread(found._descriptors[0], 7, 0) == b"written"
    vm.forget()


@pytest.mark.boot
def test_a_file_can_be_read_while_qemu_has_it(tmp_path, tree):
    disk = tmp_path / "disk.img"
    with tarfile.open(disk, "w") as archive:
        archive.add(tree, ".")
    image = tiny_guest.image(tmp_path, tiny_guest.LOOP, blocks=("a",))
    with machines.boot(image, wait="running", blocks={"a": str(disk)}):
        assert run_line(f"disk cat {disk} lower.txt").data == b"lower\n"
        assert run_line("disk cat tiny lower.txt").data == b"lower\n"
