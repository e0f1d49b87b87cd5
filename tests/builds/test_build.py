"""Config to Image: building, finding again, building at once, being interrupted."""

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from unikernel_toolchain import TARGETS, Config, Stop, build, clean, remembered
from unikernel_toolchain.binary import elf, symbol_table
from unikernel_toolchain.errors import BuildInterrupted, ImageInvalid, ToolchainError
from unikernel_toolchain.library_os import library_os
from unikernel_toolchain.postlink import wx
from unikernel_toolchain.store import cache, integrity
from unikernel_toolchain.targets import load
from unikernel_toolchain.tools.locate import locate
from unikernel_toolchain.tools.progress import Steps

C_HELLO = "int main(void) { return 0; }\n"


@pytest.fixture(scope="session")
def built_libos():
    """The library OS, built in the cache that all tests share."""
    built = library_os.expected(load("virtio"), locate())
    library_os.ensure(built, Steps(lambda *_: None, 0), Stop())
    return built


@pytest.fixture
def own_cache(built_libos, tmp_path, monkeypatch):
    """An empty cache but for the library OS, in a folder with spaces and other scripts.

    And its locks: another process may be building a package for it.
    """
    place = tmp_path / "a cache für 統一"
    place.mkdir()
    shared = built_libos.folder.parents[2]
    for name in ("libos", "locks"):
        (place / name).symlink_to(shared / name)
    monkeypatch.setenv("UNIKERNEL_CACHE", str(place))
    return place


def c_hello(name="hello", text=C_HELLO):
    return Config(name, {"cell.c": text}, language="c")


def ocaml_hello(name="hello", text='let () = print_endline "hi"', **choices):
    return Config(name, {"cell.ml": text}, **choices)


def entries(place):
    """Return what builds left in the cache."""
    return sorted(path.name for path in (place / "images").glob("*"))


@pytest.mark.parametrize("config", [c_hello(), ocaml_hello()], ids=["c", "ocaml"])
def test_an_image_is_bootable_stripped_and_wx(own_cache, config):
    image = build(config)
    program = elf.read(image.path)
    wx.verify(program, "it")
    assert program.sections == ()
    assert any(segment.kind == elf.PT_NOTE for segment in program.segments)
    assert image.path.stat().st_size == image.size_bytes
    assert image.map_path.is_file()
    assert len(elf.read(image.debug_path).sections) > 5


@pytest.mark.parametrize("target", TARGETS)
def test_debuggers_can_unwind_and_nothing_of_that_is_loaded(own_cache, config, target):
    debug = elf.read(build(replace(config, target=target)).debug_path)
    frames = debug.section(".eh_frame")
    assert frames
    assert frames.size_bytes > 1000
    assert not frames.flags & elf.SHF_ALLOC
    assert all(segment.offset + segment.file_bytes <= frames.offset for segment in debug.segments)


def test_symbols_are_in_the_image_unless_unwanted(own_cache):
    with_symbols, without = (
        build(ocaml_hello(without_passes=unwanted)) for unwanted in ((), ("symbols",))
    )
    table = symbol_table.functions(elf.read(with_symbols.debug_path))
    assert symbol_table.encode(table) in with_symbols.path.read_bytes()
    assert symbol_table.encode(table) not in without.path.read_bytes()
    names = [name for _, name in table]
    assert "Stdlib.print_endline" in names
    assert "caml_main" in names


def test_what_was_built_is_found_again(own_cache):
    first, second = build(c_hello()), build(c_hello())
    assert (first.cached, second.cached) == (False, True)
    assert (second.path, second.build_s, second.log) == (first.path, first.build_s, first.log)


def test_the_same_program_under_another_name_is_another_label(own_cache):
    build(c_hello("one"))
    again = build(c_hello("one", C_HELLO + "/* other */"))
    assert not again.cached


def test_fresh_builds_again_in_the_same_place(own_cache):
    first = build(c_hello())
    again = build(c_hello(), fresh=True)
    assert not again.cached
    assert again.path == first.path
    assert build(c_hello()).cached


@pytest.mark.parametrize("victim", ["image", "image.json", "map", "debug.elf", "log"])
def test_a_deleted_file_is_built_again(own_cache, victim):
    first = build(c_hello())
    (first.path.parent / victim).unlink()
    again = build(c_hello())
    assert not again.cached
    assert again.path.is_file()


def test_a_deleted_image_is_forgotten(own_cache):
    image = build(c_hello())
    image.path.unlink()
    with pytest.raises(KeyError):
        remembered("hello")


def test_an_image_of_another_release_is_told_from_a_damaged_one(own_cache):
    """Its record has other fields, and its manifest is right."""
    folder = build(c_hello()).path.parent
    record = json.loads((folder / "image.json").read_text())
    del record["devices"]
    (folder / "image.json").write_text(json.dumps(record))
    integrity.seal(folder)
    with pytest.raises(ImageInvalid, match="'hello' was built by another release") as caught:
        remembered("hello")
    assert caught.value.hint == "Build it again."


@pytest.mark.parametrize("damage", [b"", b"\x7fELF", None])
def test_a_damaged_image_is_built_again(own_cache, damage):
    first = build(c_hello())
    whole = first.path.read_bytes()
    first.path.write_bytes(whole[:-1] + b"\xff" if damage is None else damage)
    assert not build(c_hello()).cached
    assert first.path.read_bytes() == whole


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"digest": 1}'])
def test_a_damaged_record_is_built_again(own_cache, text):
    first = build(c_hello())
    (first.path.parent / "image.json").write_text(text)
    assert not build(c_hello()).cached


def test_the_log_keeps_warnings(own_cache):
    config = ocaml_hello(text="let start () = let x = 1 in\n  ()", first_line=2)
    image = build(config)
    assert 'File "cell hello", line 2' in image.log
    assert "unused variable x" in image.log
    assert build(config).log == image.log


def test_names_are_remembered(own_cache):
    for name in ("hello", "größe 統一", "a.b-c_d+e"):
        image = build(c_hello(name))
        assert remembered(name).path == image.path
        assert remembered(name).name == name
    with pytest.raises(KeyError):
        remembered("never built")


def test_the_last_image_of_a_name_is_remembered(own_cache):
    build(c_hello(text=C_HELLO + "/* 1 */"))
    last = build(c_hello(text=C_HELLO + "/* 2 */"))
    assert remembered("hello").digest == last.digest


def test_the_plan_is_kept_beside_the_image(own_cache):
    image = build(c_hello())
    kept = json.loads((image.path.parent / "plan.json").read_text())
    assert [step[0] for step in kept["steps"]] == ["compile", "link"]


def test_a_failed_build_leaves_nothing(own_cache):
    with pytest.raises(ToolchainError):
        build(c_hello(text="int main(void) {"))
    assert entries(own_cache) == []
    with pytest.raises(KeyError):
        remembered("hello")


def test_an_image_that_is_not_wx_is_never_made(own_cache, tmp_path, monkeypatch):
    linker = tmp_path / "ld"
    flags_of_first_segment = 64 + 4
    linker.write_text(
        "#!/bin/sh\n"
        'ld "$@" || exit 1\n'
        f"[ ! -f image.elf ] || printf '\\007' |"
        f" dd of=image.elf bs=1 seek={flags_of_first_segment} conv=notrunc status=none\n"
    )
    linker.chmod(0o755)
    monkeypatch.setenv("LD", str(linker))
    with pytest.raises(ImageInvalid, match=r"'hello' is not W\^X"):
        build(c_hello())
    assert entries(own_cache) == []


def test_threads_build_one_image_once(own_cache):
    images = []
    threads = [threading.Thread(target=lambda: images.append(build(c_hello()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(image.cached for image in images) == [False, True, True, True]


BUILD_IN_ANOTHER_PROCESS = """
import sys
from unikernel_toolchain import Config, build
image = build(Config("hello", {"cell.c": sys.argv[1]}, language="c"))
print(image.cached, image.path)
"""


def test_processes_build_one_image_once(own_cache):
    command = [sys.executable, "-c", BUILD_IN_ANOTHER_PROCESS, C_HELLO]
    builders = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answers = sorted(builder.communicate(timeout=120)[0].split(maxsplit=1) for builder in builders)
    assert [cached for cached, _ in answers] == ["False", "True"]
    assert answers[0][1] == answers[1][1]


def stuck(name, tmp_path, monkeypatch):
    """Put a program in the place of a tool that says it has begun and never ends.

    Returns the pipe in which it says so.
    """
    pipe = tmp_path / "begun"
    os.mkfifo(pipe)
    tool = tmp_path / name
    tool.write_text(
        "#!/bin/sh\n"
        f'case $1 in --version | -print*) exec {name} "$@";; esac\n'
        f'echo $$ >"{pipe}"\n'
        "exec sleep 1000\n"
    )
    tool.chmod(0o755)
    monkeypatch.setenv(name.upper(), str(tool))
    return pipe


@pytest.fixture
def stuck_linker(tmp_path, monkeypatch):
    return stuck("ld", tmp_path, monkeypatch)


def test_another_thread_stops_a_build(own_cache, stuck_linker):
    stop = Stop()

    def stop_when_linking():
        stuck_linker.read_text()
        stop.request()

    stopper = threading.Thread(target=stop_when_linking)
    stopper.start()
    with pytest.raises(BuildInterrupted):
        build(c_hello(), stop=stop)
    stopper.join()
    assert entries(own_cache) == []


def interrupt(pipe):
    """Build in another process, interrupt it once its tool has begun, and return its status."""
    program = (
        "import sys\nfrom unikernel_toolchain.errors import BuildInterrupted\n"
        "try:\n    exec(sys.argv[2])\nexcept BuildInterrupted:\n    sys.exit(7)\n"
    )
    command = [sys.executable, "-c", program, C_HELLO, BUILD_IN_ANOTHER_PROCESS]
    with subprocess.Popen(command) as python:
        tool = int(pipe.read_text().split()[0])
        python.send_signal(signal.SIGINT)
        status = python.wait(timeout=60)
    with pytest.raises(ProcessLookupError):
        os.kill(tool, 0)
    return status


def test_an_interrupted_build_leaves_nothing(own_cache, stuck_linker):
    assert interrupt(stuck_linker) == 7
    assert entries(own_cache) == []


def test_an_interrupted_build_of_the_library_os_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "cache"))
    assert interrupt(stuck("gcc", tmp_path, monkeypatch)) == 7
    assert list((tmp_path / "cache/libos").glob("*/*")) == []


def test_what_a_killed_builder_left_is_swept(own_cache):
    first = build(c_hello())
    left = first.path.parent.with_name(first.path.parent.name + ".new")
    left.mkdir()
    (left / "half").touch()
    build(c_hello(), fresh=True)
    assert not left.exists()


def test_a_cache_that_cannot_be_written_is_named(own_cache, monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setenv("UNIKERNEL_CACHE", str(blocked / "cache"))
    with pytest.raises(ToolchainError) as caught:
        build(c_hello())
    assert str(blocked) in str(caught.value)
    assert "UNIKERNEL_CACHE" in caught.value.hint


def test_cleaning_frees_images_and_keeps_the_library_os(own_cache):
    image = build(c_hello())
    assert clean() >= image.size_bytes
    assert entries(own_cache) == []
    assert any((cache.root() / "libos").iterdir())
    with pytest.raises(KeyError):
        remembered("hello")


def test_progress_is_told_while_the_library_os_is_built(built_libos, tmp_path, monkeypatch):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "new cache"))
    told = []
    build(ocaml_hello(), progress=lambda *step: told.append(step))
    assert [done for _, done, _ in told] == list(range(told[-1][2] + 1))
    assert told[0][0].startswith("C: ")
    told.clear()
    build(ocaml_hello(text="let () = ()"), progress=lambda *step: told.append(step))
    assert told == []
