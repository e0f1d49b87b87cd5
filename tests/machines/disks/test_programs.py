"""Programs on block devices: what becomes of what they write, by what the host put behind them."""

import os
import subprocess
from contextlib import suppress

import pytest

import unikernel
from unikernel.disks import contents
from unikernel.machines import registry

pytestmark = pytest.mark.boot

PATIENCE_S = 60
MIB = 1 << 20
MARK = b"written by the guest"

# Writes a mark to the sector 8 of the first device, flushes, says so, and waits for a line.
PROGRAM = """
let start () =
  let open Lwt.Infix in
  Block.connect "storage" >>= fun disk ->
  Block.get_info disk >>= fun info ->
  Printf.printf "%Ld sectors, %s\\n%!" info.Mirage_block.size_sectors
    (if info.Mirage_block.read_write then "writable" else "read-only");
  let data = Cstruct.create 512 in
  Cstruct.blit_from_string "written by the guest" 0 data 0 20;
  (Block.write disk 8L [ data ] >>= function
   | Error e -> Lwt.return (Fmt.to_to_string Block.pp_write_error e)
   | Ok () -> Block.flush disk >|= function Ok () -> "done" | Error _ -> "not flushed")
  >|= fun said ->
  print_endline said;
  ignore (read_line ())
"""


@pytest.fixture(autouse=True)
def nothing_listed():
    yield
    registry.clear()


@pytest.fixture(scope="module", params=["virtio", "unix"])
def image(request):
    packages = ["mirage-block-unikernel", "fmt", "lwt"]
    choices = {"target": request.param, "packages": packages, "blocks": ["storage"]}
    return unikernel.build(PROGRAM, name=f"marks-{request.param}", **choices)


@pytest.fixture
def raw(tmp_path):
    path = tmp_path / "disk.img"
    path.write_bytes(b"before".ljust(MIB, b"\0"))
    return path


def marked(image, disk, **choices):
    """Boot it on a disk, and return the machine once it has told what became of its mark."""
    vm = unikernel.boot(image, blocks={"storage": disk}, wait="running", **choices)
    vm.console.expect(r"done|not flushed|the block device.*\n", timeout_s=PATIENCE_S)
    return vm


def seen(found):
    return found._source.read(8 * 512, len(MARK))


def test_what_is_kept_survives_a_kill(image, raw):
    vm = marked(image, str(raw))
    assert "2048 sectors, writable" in vm.console.text
    os.kill(vm.pid, 9)
    vm.wait(PATIENCE_S)
    assert raw.read_bytes()[4096:].startswith(MARK)
    assert raw.read_bytes().startswith(b"before")


def test_what_is_read_only_is_told(image, raw):
    with marked(image, f"{raw},ro") as vm:
        assert "the block device is read-only" in vm.console.text
        assert "2048 sectors, read-only" in vm.console.text
    assert MARK not in raw.read_bytes()


@pytest.mark.parametrize("option", ["64M", "{raw},snapshot"])
def test_what_is_thrown_away_is_seen_while_it_runs(image, raw, option):
    with marked(image, option.format(raw=raw)) as vm:
        assert "done" in vm.console.text
        with vm.contents("storage") as found:
            assert seen(found) == MARK
            assert found._source.read(0, 6) == (b"before" if "raw" in option else bytes(6))
    assert raw.read_bytes() == b"before".ljust(MIB, b"\0")


def test_a_disk_is_made_once(image, tmp_path):
    disk = f"{tmp_path}/new.img,size=2M"
    for _ in range(2):
        with marked(image, disk) as vm:
            assert "4096 sectors, writable" in vm.console.text
    with contents(tmp_path / "new.img") as found:
        assert seen(found) == MARK


@pytest.mark.parametrize("snapshot", ["", ",snapshot"])
def test_a_qcow2_is_written_and_read_here(image, tmp_path, snapshot):
    if image.target == "unix":
        return  # refused, in test_wiring.py
    disk = tmp_path / "new.qcow2"
    for opened in unikernel.disks.open_disks(
        unikernel.Spec(blocks={"a": f"{disk},size=1G"}).blocks
    ).values():
        opened.close()
    with marked(image, f"{disk}{snapshot}") as vm:
        assert "done" in vm.console.text
        with vm.contents("storage") as found:
            assert seen(found) == MARK
    with contents(disk) as found:
        assert seen(found) == (bytes(len(MARK)) if snapshot else MARK)
    assert disk.stat().st_blocks * 512 < 2 * MIB


@pytest.fixture
def full(tmp_path):
    """A disk that is all hole, on a file system without room."""
    if os.getuid() != 0:
        pytest.skip("mounts a small file system, which takes root")
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(("mount", "-t", "tmpfs", "-o", "size=64k", "none", small), check=True)
    with (small / "disk.img").open("wb") as file:
        file.truncate(MIB)
    with suppress(OSError), (small / "fill").open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    yield small / "disk.img"
    subprocess.run(("umount", small), check=True)


def test_a_disk_without_room_is_the_guests_to_hear_of(image, full):
    with marked(image, str(full)) as vm:
        assert "the block device failed" in vm.console.text
        assert vm.state is unikernel.State.RUNNING
