"""A folder with a config.ml from the terminal: configured, built, run and cleaned where it lies."""

import contextlib
import os
import shutil
import subprocess
import sys

import pytest

from unikernel.frontends.terminal.cli import main

LIMIT_S = 120


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


def test_the_folder_of_an_application_is_that_of_the_file(folder, capfd, monkeypatch):
    elsewhere = folder / "über all"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    for argv in (
        ["mirage", "configure", "-f", "../config.ml", "--greeting", "Hei"],
        ["mirage", "describe", "-f", "../config.ml"],
        ["mirage", "build", "--file=../config.ml"],
        ["configure", "-f", "../config.ml", "-t", "unix"],
        ["build", ".."],
    ):
        assert main(argv) == 0, argv
    assert (folder / "greeter").is_file()
    assert "Next: unikernel mirage build -f ../config.ml" in capfd.readouterr().out
    assert main(["mirage", "clean", "-f", "../config.ml"]) == 0
    assert not (folder / "greeter").exists()
    assert not any(elsewhere.iterdir())


def test_what_is_made_lies_in_the_build_folder(folder, capfd):
    assert main(["mirage", "configure", "-b", "out", "--greeting=Hei"]) == 0
    assert main(["mirage", "build", "-b", "out"]) == 0
    assert {"main.ml", "greeter", ".mirage.config"} <= {
        it.name for it in (folder / "out").iterdir()
    }
    assert not (folder / "main.ml").exists()
    assert main(["mirage", "build"]) != 0
    capfd.readouterr()
    assert main(["describe", "out"]) == 0  # which says where the application is
    assert "--greeting  Hei" in capfd.readouterr().out
    assert main(["build", "out"]) == 0
    assert main(["mirage", "clean", "-b", "out"]) == 0
    assert not (folder / "out").exists()


def test_every_command_takes_the_file_and_the_build_folder(folder, capfd, monkeypatch):
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    where = ["-f", "../config.ml", "-b", "out/new"]
    assert main(["build", *where, "-t", "unix"]) == 0  # nothing is configured
    assert (folder / "out/new/greeter").is_file()
    for command in (["configure", "-t", "unix", "--greeting=Hei"], ["describe"], ["build"]):
        assert main([*command, *where]) == 0, command
    assert "--greeting  Hei" in capfd.readouterr().out
    (folder / "disk.img").unlink()
    assert main(["run", *where]) == 2
    assert "there is no ../disk.img" in capfd.readouterr().err
    assert main(["clean", *where]) == 0
    assert not (folder / "out/new").exists()
    assert not any((folder / "elsewhere").iterdir())


def test_an_application_may_have_a_module_called_main(folder, capfd):
    (folder / "main.ml").write_text("let twice text = text ^ text\n")
    source = folder / "unikernel.ml"
    greeting = "Key_gen.greeting ()"
    source.write_text(source.read_text().replace(greeting, f"Main.twice ({greeting})"))
    assert main(["mirage", "configure"]) != 0
    assert "-o NAME" in capfd.readouterr().err
    assert main(["mirage", "configure", "-o", "server"]) == 0
    assert main(["mirage", "build"]) == 0
    assert "Unikernel.Main" in (folder / "server.ml").read_text()
    assert main(["mirage", "clean"]) == 0
    assert (folder / "main.ml").is_file()
    assert not (folder / "server.ml").exists()


@pytest.mark.parametrize(
    "argv", [["build"], ["mirage", "build"], ["build", ".", "-t", "hvt"], ["describe"]]
)
def test_a_command_runs_config_ml_once(folder, argv):
    """What it reads is looked at with each command, and once in each."""
    assert main(["mirage", "configure"]) == 0
    counting = """
let () =
  let log = open_out_gen [ Open_append; Open_creat ] 0o644 "evaluations" in
  output_string log (Sys.getenv "SAID" ^ "\\n");
  close_out log
let greeting = Key.(create "greeting" Arg.(opt string (Sys.getenv "SAID") (info [ "greeting" ])))
"""
    start, end = (folder / "config.ml").read_text().split("let main")
    (folder / "config.ml").write_text(f"{start}{counting}let main{end}")
    for said in ("before", "after"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SAID", said)
            assert main(argv) == 0
    assert (folder / "evaluations").read_text() == "before\nafter\n"


def test_help_lists_the_keys_of_the_config_ml_at_hand(folder, capfd, monkeypatch):
    for argv in (
        ["configure", "--help"],
        ["describe", "-h"],
        ["mirage", "configure", "--help=plain"],
        ["mirage", "help", "describe"],
        ["configure", "--greeting", "--help", "."],  # whatever else is wrong
    ):
        assert main(argv) == 0
        shown = capfd.readouterr().out
        assert "--dry-run" in shown or "--dot-command" in shown
        own_keys = shown.split("APPLICATION OPTIONS")[1].split("MIRAGE PARAMETERS")[0]
        assert "--greeting=VAL (absent=Hello)" in own_keys
        assert "How to greet." in own_keys
        assert "(absent MIRAGE_LOGS env)" in shown
    (folder / "config.ml").write_text("open Mirage\nlet main = nonsense\n")
    assert main(["mirage", "configure", "--help"]) == 0
    shown = capfd.readouterr().out
    assert "config.ml does not compile: error at line 2" in shown
    assert "Unbound value nonsense" in shown.replace('"', "")
    monkeypatch.chdir(folder / "lib")
    assert main(["configure", "--help"]) == 0
    assert f"There is no config.ml in this folder, {folder / 'lib'}" in capfd.readouterr().out


def test_warnings_are_errors_where_that_is_asked_for(folder, capfd):
    util = folder / "util.ml"
    util.write_text(f"let f () = let unused = 1 in ()\n{util.read_text()}")
    assert main(["mirage", "configure"]) == 0
    assert main(["mirage", "build"]) == 0
    assert "unused" in capfd.readouterr().err
    assert main(["mirage", "configure", "--warn-error"]) == 0
    assert main(["mirage", "build"]) == 1
    assert 'File "util.ml", line 1' in capfd.readouterr().err


def test_the_graph_is_given_to_a_command_and_written_to_a_file(folder, capfd):
    assert main(["mirage", "describe", "--dot", "--dot-command", "grep -c Block"]) == 0
    assert int(capfd.readouterr().out) > 0
    assert main(["describe", "--dot", "-o", "graph.dot"]) == 0
    assert (folder / "graph.dot").read_text().startswith("digraph")
    assert main(["describe", "-o", "text"]) == 0
    assert "--greeting" in (folder / "text").read_text()
    assert main(["describe", "--dot-command", "exit 3"]) == 2
    assert "'exit 3' ended with status 3" in capfd.readouterr().err


@pytest.fixture(params=["full", "read-only"])
def unwritable(folder, request):
    """The application on a disk that takes nothing more."""
    if os.geteuid():
        pytest.skip("mounting a disk needs root")
    place = folder.parent / f"{folder.name} {request.param}"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], check=True)
    try:
        for name in ("config.ml", "unikernel.ml", "util.ml", "lib", "stubs", "disk.img"):
            path = folder / name
            (shutil.copytree if path.is_dir() else shutil.copy)(path, place / name)
        if request.param == "full":
            with contextlib.suppress(OSError), (place / "rest").open("wb", buffering=0) as rest:
                while True:
                    rest.write(bytes(4096))
        else:
            subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def test_a_folder_that_takes_nothing_is_told_and_does_without(unwritable, folder, capfd):
    before = sorted(unwritable.iterdir())
    assert main(["configure", str(unwritable), "-t", "unix"]) == 1
    said = capfd.readouterr().err
    assert f"The files of configure cannot be left in {unwritable}: the " in said
    assert "-b FOLDER" in said
    assert "UNIKERNEL_CACHE" not in said
    assert main(["build", str(unwritable), "-t", "unix"]) == 1
    said = capfd.readouterr().err
    assert f"The image cannot be left in {unwritable}: the " in said
    assert "unikernel boot greeter" in said
    assert {it for it in unwritable.iterdir() if it.name != "_build"} == set(before)
    assert main(["configure", str(unwritable), "-t", "unix", "-b", str(folder / "out")]) == 0
    assert main(["build", str(folder / "out")]) == 0
    assert (folder / "out/greeter").is_file()


def test_names_and_values_need_be_no_utf_8(folder, monkeypatch, capfd):
    place = folder.parent / os.fsdecode(b"caf\xe9 " + os.fsencode(folder.name))
    folder.rename(place)
    monkeypatch.chdir(place.parent)
    greeting = os.fsdecode(b"--greeting=Caf\xe9")
    assert main(["configure", place.name, "-t", "unix", greeting]) == 0
    assert main(["build", place.name]) == 0
    assert b"Caf\xe9" in (place / "greeter").read_bytes()
    (place / "config.ml").write_text("let let")
    assert main(["describe", place.name]) == 1
    assert "config.ml does not compile: error at line 1" in capfd.readouterr().err


def test_an_image_is_not_put_over_what_is_something_else(folder, capfd):
    (folder / "greeter").mkdir()
    assert main(["build", "-t", "unix"]) == 2
    assert "greeter is something else" in capfd.readouterr().err
    (folder / "greeter").rmdir()
    (folder / "greeter").write_text("notes")
    assert main(["build", "-t", "unix"]) == 2
    assert (folder / "greeter").read_text() == "notes"


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


def test_a_folder_that_config_ml_names_and_is_not_there_is_given_as_is_advised(folder, capfd):
    (folder / "config.ml").write_text(
        "open Mirage\n"
        'let main = foreign "Reader.Main" (kv_ro @-> job)\n'
        'let () = register "reader" [ main $ direct_kv_ro "htdoc" ]\n'
    )
    (folder / "reader.ml").write_text(
        "module Main (Data : Mirage_kv.RO) = struct\n"
        '  let start data = Lwt.map (fun _ -> print_endline "read") (Data.get data '
        '(Mirage_kv.Key.v "x"))\n'
        "end\n"
    )
    line = ["run", ".", "-t", "unix"]
    assert main(line) != 0
    assert "what else is behind it: --kv htdoc=FOLDER" in capfd.readouterr().err
    (folder / "other").mkdir()
    assert main([*line, "--kv", f"htdoc={folder}/other"]) == 0
    assert "read" in capfd.readouterr().out


def test_mode_names_the_target_where_no_flag_does(folder, monkeypatch, capfd):
    monkeypatch.setenv("MODE", "virtio")
    assert main(["mirage", "configure"]) == 0
    assert "configured for virtio" in capfd.readouterr().out
    assert main(["configure", "-t", "spt"]) == 0
    said = capfd.readouterr().out
    assert "configured for unix" in said
    assert "spt is served by unix here" in said
    monkeypatch.setenv("MODE", "vertio")
    assert main(["mirage", "configure"]) == 2
    assert "No target 'vertio', which the variable MODE names" in capfd.readouterr().err


def test_what_configure_would_leave_is_shown_and_not_left(folder, capfd):
    assert main(["configure", "--dry-run"]) == 0
    shown = capfd.readouterr().out
    for name in ("main.ml", "key_gen.ml", "manifest.json", "packages"):
        assert f"==> {name}" in shown
    assert not (folder / "main.ml").exists()


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["mirage", "build"], "Nothing is configured in this folder"),
        (["mirage", "configure", "-t", "qubes"], "No target qubes here"),
        (["configure", "nowhere"], "There is no folder nowhere"),
        (["configure", "config.ml"], "config.ml is a file"),
        (["configure", "-f", "other.ml"], "There is no other.ml in this folder, "),
        (["configure", "--greating", "Hei"], "Did you mean --greeting?"),
        (["configure", "--net=socket"], "It is a key of devices such as generic_stackv4"),
        (["configure", "--greeting"], "needs an argument"),
        (["configure", "--backtrace=maybe"], "it must be true or false"),
        (["configure", "--unix"], "-t unix"),
        (["configure", "-o", "a/b"], "cannot be called 'a/b'"),
        (["build", "lib"], "lib has no config.ml"),
        (["build", ".", "--net", "service"], 'Name it there: netif "service"'),
        (["build", "--block", "disk"], 'Name it there: block_of_file "disk"'),
        (["build", "--lang", "c"], "begins in OCaml"),
        (["build", "unikernel.ml"], "the application in this folder, "),
        (["build", "lib/helper.ml"], "unikernel build helper lib/helper.ml"),
        (["build", "-f", "other.ml"], "There is no other.ml in this folder, "),
        (["build", "it", "lib/helper.ml", "-f", "config.ml"], "Leave out the one or the other"),
        (["clean", "-b", "out", "--cache"], "one at a time"),
        (["describe", "lib"], "There is no config.ml in lib"),
        (["clean", "lib"], "There is no config.ml in lib"),
    ],
)
def test_a_mistake_is_a_sentence(folder, capfd, argv, said):
    assert main(argv) == 2
    shown = capfd.readouterr().err
    assert said in shown
    assert "unknown option" not in shown
