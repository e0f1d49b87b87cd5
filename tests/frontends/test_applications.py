"""A folder with a config.ml from the terminal: configured, built, run and cleaned where it lies."""

import subprocess
import sys

import pytest

from unikernel.frontends.terminal.cli import main

LIMIT_S = 120
CONFIG = """\
open Mirage

let greeting =
  Key.(create "greeting" Arg.(opt string "Hello" (info ~doc:"How to greet." [ "greeting" ])))

let main = foreign ~keys:[ Key.abstract greeting ] "Unikernel.Main" (block @-> job)
let () = register "greeter" [ main $ block_of_file "disk.img" ]
"""
UNIKERNEL = """\
open Lwt.Infix

module Main (Disk : Mirage_block.S) = struct
  let start disk =
    let sector = Cstruct.create 512 in
    Disk.get_info disk >>= fun { Mirage_block.sector_size; _ } ->
    assert (sector_size = 512);
    Disk.read disk 0L [ sector ] >>= fun _ ->
    print_endline (Key_gen.greeting () ^ " " ^ Cstruct.to_string ~len:5 sector);
    Util.write_mark sector;
    Disk.write disk 0L [ sector ] >>= fun _ -> Lwt.return_unit
end
"""
UTIL = "let write_mark sector = Cstruct.blit_from_string (Helper.mark ()) 0 sector 0 5\n"
HELPER = 'external mark : unit -> string = "greeter_mark"\n'
STUBS = """\
#include <caml/alloc.h>
#include "mark.h"
value greeter_mark(value unit) { (void)unit; return caml_copy_string(MARK); }
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with several sources, one below it, C beside OCaml, a test, and a disk."""
    for name, text in {
        "config.ml": CONFIG,
        "unikernel.ml": UNIKERNEL,
        "util.ml": UTIL,
        "lib/helper.ml": HELPER,
        "stubs/greeter.c": STUBS,
        "stubs/mark.h": '#define MARK "after"\n',
        "test_it.ml": "let () = Unix.sleep 1000\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "disk.img").write_bytes(b"first" + bytes(4096 - 5))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MODE", raising=False)
    return tmp_path


def test_a_tutorial_of_mirages_is_followed_word_for_word(folder, capfd):
    assert main(["mirage", "configure", "--greeting", "Hei"]) == 0
    assert "configured for unix" in capfd.readouterr().out
    assert "Unikernel.Main" in (folder / "main.ml").read_text()
    assert main(["mirage", "describe"]) == 0
    assert "--greeting  Hei" in capfd.readouterr().out
    assert main(["mirage", "build"]) == 0
    assert (folder / "greeter").stat().st_mode & 0o100
    assert main(["mirage", "clean"]) == 0
    left = {path.name for path in folder.iterdir()}
    sources = {"config.ml", "unikernel.ml", "util.ml", "lib", "stubs", "test_it.ml", "disk.img"}
    assert left == sources


@pytest.mark.boot
@pytest.mark.parametrize("target", ["virtio", "unix"])
def test_a_folder_is_run_with_the_disk_that_lies_in_it(folder, target):
    command = [sys.executable, "-m", "unikernel.frontends.terminal.cli"]
    for expected in ("Hello first", "Hello after"):  # what it wrote is kept
        ran = subprocess.run(
            [*command, "run", ".", "-t", target],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert expected in ran.stdout, ran.stderr
        assert ran.returncode == 0
    assert (folder / "disk.img").read_bytes()[:5] == b"after"
    assert (folder / ("greeter" if target == "unix" else "greeter.virtio")).is_file()


def test_another_file_than_config_ml_is_remembered(folder, capfd):
    (folder / "config.ml").rename(folder / "other.ml")
    assert main(["configure", "-f", "other.ml", "-t", "unix"]) == 0
    assert main(["build", "."]) == 0
    assert "greeter: " in capfd.readouterr().out
    assert main(["describe"]) == 0
    assert main(["clean", "."]) == 0


def test_how_loud_mirages_tool_is_makes_no_difference(folder):
    assert main(["mirage", "configure", "-v", "--color=never", "-t", "unix"]) == 0
    assert main(["mirage", "clean", "-q"]) == 0


def test_a_disk_that_config_ml_names_and_is_not_there_is_named(folder, capfd):
    (folder / "disk.img").unlink()
    assert main(["run", ".", "-t", "unix"]) != 0
    said = capfd.readouterr().err
    assert "config.ml names disk.img, and there is no disk.img" in said
    assert "--block" in said


def test_mode_names_the_target_where_no_flag_does(folder, monkeypatch, capfd):
    monkeypatch.setenv("MODE", "virtio")
    assert main(["mirage", "configure"]) == 0
    assert "configured for virtio" in capfd.readouterr().out
    assert main(["configure", "-t", "spt"]) == 0
    said = capfd.readouterr().out
    assert "configured for unix" in said
    assert "spt is served by unix here" in said


def test_what_configure_would_leave_is_shown_and_not_left(folder, capfd):
    assert main(["configure", "--dry-run"]) == 0
    shown = capfd.readouterr().out
    for name in ("main.ml", "key_gen.ml", "manifest.json", "packages"):
        assert f"==> {name}" in shown
    assert not (folder / "main.ml").exists()


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["mirage", "build"], "Nothing is configured here"),
        (["mirage", "configure", "-t", "xen"], "No target xen here"),
        (["configure", "nowhere"], "There is no folder nowhere"),
        (["configure", "--greating", "Hei"], "--greeting"),
        (["describe", "lib"], "There is no config.ml in lib"),
        (["clean", "lib"], "There is no config.ml in lib"),
    ],
)
def test_a_mistake_is_a_sentence(folder, capfd, argv, said):
    assert main(argv) != 0
    assert said in capfd.readouterr().err
