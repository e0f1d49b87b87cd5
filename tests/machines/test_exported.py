"""What export leaves for QEMU and for Linux starts by the line that it says."""

import subprocess

import pytest

import unikernel
from unikernel.machines.qemu import accelerator
from unikernel_toolchain import Config, build
from unikernel_toolchain.model.device import block_devices

pytestmark = pytest.mark.boot

TIME_LIMIT_S = 60
PROGRAM = """
open Lwt.Infix
module Main (B : Mirage_block.S) = struct
  let start disk =
    Bootvar.argv () >>= fun words ->
    B.get_info disk >|= fun info ->
    let said = String.concat "|" (List.tl (Array.to_list words)) in
    Printf.printf "%Ld sectors, %s\\n" info.Mirage_block.size_sectors said
end
"""
PACKAGES = ("mirage-block", "mirage-bootvar")


@pytest.mark.parametrize("target", ["virtio", "unix"])
def test_an_exported_image_starts(target, tmp_path):
    devices = block_devices(("storage",))
    image = build(Config("out", {"cell.ml": PROGRAM}, target, packages=PACKAGES, devices=devices))
    place = tmp_path / "it's, here"
    accelerator.choose()
    found = unikernel.export(image, place, arguments=['--say=it\'s "so"', "a b"])
    (place / "storage.img").write_bytes(bytes(1 << 20))
    done = subprocess.run(
        ["sh", "-c", found.lines[0]], capture_output=True, text=True, timeout=TIME_LIMIT_S
    )
    assert '2048 sectors, --say=it\'s "so"|a b' in done.stdout, done.stderr
