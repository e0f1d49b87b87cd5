"""Files of guests on disks: FAT that mtools reads afterwards, archives of Python's."""

import os
import random
import subprocess

import pytest
from support.guests.guest_programs import ENDS_WITHIN_S, build
from support.platforms import PLATFORMS, choices

import unikernel
from unikernel_toolchain.data import fat, tar

pytestmark = pytest.mark.boot


def output(*command):
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=60, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def archived(tmp_path):
    folder, randomness = tmp_path / "archived", random.Random(1)
    (folder / "sub/deeper").mkdir(parents=True)
    (folder / "small").write_bytes(b"x")
    (folder / "sub/A long name, with blanks.bin").write_bytes(randomness.randbytes(300_000))
    (folder / "sub/deeper/empty").write_bytes(b"")
    return folder


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_archive_is_unpacked_to_fat(tmp_path, archived, platform):
    greeting = tmp_path / "fat"
    greeting.mkdir()
    (greeting / "greeting of the host.txt").write_bytes(b"hello, guest")
    disk, archive = tmp_path / "a.img", tmp_path / "b.img"
    disk.write_bytes(fat.image(greeting, "*"))
    archive.write_bytes(tar.image(archived))
    with unikernel.boot(
        build("ocaml_files", platform, blocks=("a", "b")),
        name=f"ocaml_files {platform}",
        replace=True,
        blocks={"a": str(disk), "b": f"{archive},ro"},
        memory_mib=64,
        **choices(platform),
    ) as vm:
        ended = vm.wait(timeout_s=ENDS_WITHIN_S)
    assert "WRONG" not in vm.console.text
    assert "done" in vm.console.text
    assert ended.status == 0
    output("fsck.fat", "-n", disk)
    output("mcopy", "-s", "-n", "-i", disk, "::unpacked", tmp_path / "back")
    output("diff", "-r", archived, tmp_path / "back")
