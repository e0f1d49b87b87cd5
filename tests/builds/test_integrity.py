"""What the cache holds is used only as it was built: damage of every kind to every file."""

import json
import logging
import os
import re
import shutil
from pathlib import Path

import pytest
from support.own_cache import copy_library_os

from unikernel_toolchain import Config, Stop, build, remembered
from unikernel_toolchain.errors import ImageInvalid, LinkError, ToolchainError
from unikernel_toolchain.findlib import packages
from unikernel_toolchain.library_os import library_os
from unikernel_toolchain.library_os import packages as ocaml_packages
from unikernel_toolchain.store import cache, images, integrity
from unikernel_toolchain.targets import load
from unikernel_toolchain.tools.locate import locate
from unikernel_toolchain.tools.progress import Steps

HELLO = 'let start () = print_endline "whole"\n'
NAMES = ("lwt", "mirage-runtime")  # the distribution's, and one of ours


def config(text=HELLO, **choices):
    return Config("whole", {"cell.ml": text}, **choices)


def empty(path):
    path.write_bytes(b"")


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def flip(path):
    """Turn one bit over, in the middle of the file, with the file's times put back."""
    then = path.stat()
    contents = bytearray(path.read_bytes())
    contents[len(contents) // 2] ^= 1
    with path.open("r+b") as file:
        file.write(contents)
    os.utime(path, ns=(then.st_atime_ns, then.st_mtime_ns))


def replace(path):
    """Put a file of the same size and time into its place, as a careless copy does."""
    then = path.stat()
    other = path.with_name("other")
    other.write_bytes(bytes(then.st_size))
    os.utime(other, ns=(then.st_atime_ns, then.st_mtime_ns))
    other.replace(path)


def delete(path):
    path.unlink()


def give_away(path):
    """Let everybody write to it."""
    path.chmod(0o666)


def close(path):
    """Let nobody do anything with it, which root does not feel."""
    path.chmod(0)


def forbid_to_run(path):
    path.chmod(path.stat().st_mode & ~0o111)


KINDS = [empty, cut, flip, replace, delete, give_away, close]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A cache with a library OS, two packages and an image, to be copied and damaged."""
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("whole") / "cache"
        copy_library_os(place)
        patch.setenv("UNIKERNEL_CACHE", str(place))
        build(config(packages=NAMES))
        build(config())
    return place


@pytest.fixture
def own_cache(whole, tmp_path, monkeypatch):
    place = tmp_path / "cache"
    shutil.copytree(whole, place)
    monkeypatch.setenv("UNIKERNEL_CACHE", str(place))
    monkeypatch.setattr(integrity, "_STEP_NS", 0)  # what was read is remembered at once
    monkeypatch.setattr(packages, "_answers", {})  # what other tests asked is not in this cache
    return place


def files(folder):
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def sealed(place):
    """The folders that have a manifest."""
    return [path.parent for path in sorted(place.rglob(integrity.MANIFEST))]


@pytest.mark.parametrize("kind", KINDS)
def test_damage_to_any_file_is_noticed(own_cache, kind):
    """Every file is damaged in one way, and every way befalls files of every folder."""
    folders = sealed(own_cache)
    assert len(folders) >= 5  # library OS, packages, images
    assert {found for folder in folders if (found := integrity.damage(folder))} == set()
    for folder in folders:
        inner = [other for other in folders if other != folder and other.is_relative_to(folder)]
        own = [f for f in files(folder) if not any(f.is_relative_to(i) for i in inner)]
        assert own
        for path in own[KINDS.index(kind) % len(own) :: len(KINDS)]:
            if path.stat().st_size == 0 and kind not in (delete, give_away, close):
                continue  # an empty log cannot be emptied
            kept = path.with_name(f"{path.name}.kept")
            shutil.copy2(path, kept)
            kind(path)
            found = integrity.damage(folder)
            assert path.name in found or "makes no sense" in found, (path, found)
            kept.replace(path)
        assert integrity.damage(folder) == ""


@pytest.mark.parametrize("text", ["", "{}", "null", "[]", "garbage", '{"connect": 1}', "\0\xff"])
def test_a_manifest_that_makes_no_sense_is_damage(own_cache, text):
    for folder in sealed(own_cache):
        manifest = folder / integrity.MANIFEST
        manifest.write_text(text)
        assert integrity.damage(folder)
        integrity.write_record(manifest, text)
        assert integrity.damage(folder)


def test_a_file_that_changes_right_after_it_was_read_is_read_again(own_cache, monkeypatch):
    monkeypatch.setattr(integrity, "_STEP_NS", 3600 * 10**9)  # all that time is one step
    (folder,) = (place for place in sealed(own_cache) if (place / "connect").is_file())
    assert integrity.damage(folder) == ""
    assert folder not in integrity._verified


def test_what_is_whole_is_read_once(own_cache, monkeypatch):
    (folder,) = (place for place in sealed(own_cache) if (place / "connect").is_file())
    assert integrity.damage(folder) == ""
    monkeypatch.setattr(integrity, "_examine", lambda _: pytest.fail("it was read again"))
    assert integrity.damage(folder) == ""


def logged(caplog):
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("connect", empty),
        ("connect", forbid_to_run),
        ("libplatform.a", delete),
        ("weakened/stdlib/stdlib.a", cut),
    ],
)
def test_a_damaged_library_os_is_built_again_and_never_linked(own_cache, name, kind, caplog):
    right = build(config()).path.read_bytes()
    built = library_os.expected(load("virtio"), locate())
    (victim,) = (
        place / name for place in (built.base.folder, built.folder) if (place / name).exists()
    )
    kind(victim)
    image = build(config(), fresh=True)
    assert image.path.read_bytes() == right
    assert built.base.is_intact()
    assert built.is_intact()
    (message,) = logged(caplog)
    assert re.match(r"The cache was damaged: the library OS (of OCaml|for virtio): ", message)
    assert message.endswith("It was built again.")
    build(config(), fresh=True)
    assert logged(caplog) == [message]


@pytest.mark.parametrize(("package", "kind"), [(NAMES[0], flip), (NAMES[1], empty)])
def test_a_damaged_package_is_built_again(own_cache, package, kind, caplog):
    right = build(config(packages=NAMES)).path.read_bytes()
    (folder,) = (place for place in sealed(own_cache) if place.name == package)
    kind(next(folder.glob("*.a")))
    assert build(config(packages=NAMES), fresh=True).path.read_bytes() == right
    (message,) = logged(caplog)
    assert message.startswith(f"The cache was damaged: package {package}: ")


def test_a_damaged_package_is_missing(own_cache):
    built = library_os.expected(load("virtio"), locate())
    wanted = packages.resolve(NAMES, library_os.SOURCES / "packages")
    wanted = ocaml_packages.with_build_folders(built, wanted)
    assert ocaml_packages.missing(built, wanted) == ()
    for folder in ocaml_packages.built_folders(built.folder):
        flip(next(folder.glob("*.a")))
    missing = ocaml_packages.missing(built, wanted)
    assert missing == tuple(package for package in wanted if package.archives)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["image", "image.json", "debug.elf"])
def test_a_damaged_image_is_built_again(own_cache, name, kind, caplog):
    first = build(config())
    whole = (first.path.parent / name).read_bytes()
    kind(first.path.parent / name)
    again = build(config())
    assert not again.cached
    assert (again.path.parent / name).stat().st_mode & 0o022 == 0
    if name == "image":
        assert (again.path.parent / name).read_bytes() == whole
    (message,) = logged(caplog)
    assert message.startswith("The cache was damaged: image whole: ")


def test_a_process_that_may_not_be_run_any_more_is_built_again(own_cache, caplog):
    shared = library_os.expected(load("unix"), locate())
    library_os.ensure(shared, Steps(lambda *_: None, 0), Stop())
    first = build(config(target="unix"))
    first.path.chmod(0o644)
    with pytest.raises(ImageInvalid, match="image is a program, and cannot be run any more"):
        images.check(first)
    assert not build(config(target="unix")).cached
    assert os.access(first.path, os.X_OK)
    (message,) = logged(caplog)
    assert message.startswith("The cache was damaged: image whole: ")


def test_programs_that_were_sealed_stay_programs(tmp_path, monkeypatch):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path))
    folder = tmp_path / "images" / "x"
    folder.mkdir(parents=True)
    for name, mode in (("program", 0o755), ("text", 0o444)):
        (folder / name).write_text(name)
        (folder / name).chmod(mode)
    integrity.seal(folder)
    assert integrity.damage(folder) == ""
    forbid_to_run(folder / "text")
    assert integrity.damage(folder) == ""
    (folder / "program").chmod(0o655)  # others may, whoever it belongs to may not
    assert "program" in integrity.damage(folder)


def test_a_manifest_that_does_not_say_what_is_a_program_is_an_earlier_release_s(own_cache):
    """And built again, as is told of a whole cache of an earlier release below."""
    for folder in sealed(own_cache):
        contents = integrity.read_record(folder / integrity.MANIFEST)
        earlier = {name: facts[:2] for name, facts in contents.items()}
        integrity.write_record(folder / integrity.MANIFEST, earlier)
        assert "earlier release" in integrity.damage(folder)


def test_whoever_lost_the_right_to_a_lock_gets_it_back(tmp_path, monkeypatch):
    """Root needs no right, so that the system's refusal is played."""
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "cache"))
    with cache.locked("x"):
        pass
    path = tmp_path / "cache" / "locks" / "x"
    path.chmod(0)
    opened = os.open

    def refuse(file, *rest, **keywords):
        if Path(file) == path and not path.stat().st_mode & 0o600:
            raise PermissionError(13, "Permission denied", str(file))
        return opened(file, *rest, **keywords)

    monkeypatch.setattr(os, "open", refuse)
    with cache.locked("x"):
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_damaged_log_is_built_again(own_cache):
    first = build(config("let start () = let x = 1 in\n  ()"))
    assert "unused variable x" in first.log
    flip(first.path.parent / "log")
    again = build(config("let start () = let x = 1 in\n  ()"))
    assert (again.cached, again.log) == (False, first.log)


def test_a_cache_of_an_earlier_release_is_built_anew(own_cache):
    image = build(config())
    for manifest in own_cache.rglob(integrity.MANIFEST):
        manifest.unlink()
    again = build(config())
    assert not again.cached
    assert again.path == image.path


def test_an_image_damaged_since_it_was_built_is_not_booted(own_cache):
    image = build(config())
    images.check(image)
    flip(image.path)
    with pytest.raises(ImageInvalid, match="damaged: image") as caught:
        images.check(image)
    assert "Build it again" in caught.value.hint
    with pytest.raises(ImageInvalid, match="'whole' is damaged"):
        remembered("whole")


@pytest.mark.parametrize("kind", [empty, cut, flip, delete])
def test_a_damaged_name_is_forgotten(own_cache, kind):
    build(config())
    kind(cache.name_file("whole"))
    with pytest.raises(KeyError):
        remembered("whole")
    build(config())
    assert remembered("whole").name == "whole"


def test_an_answer_of_findlib_with_a_bit_turned_over_is_asked_again(own_cache):
    build(config(packages=NAMES))
    answers = list((own_cache / "packages").iterdir())
    assert answers
    for answer in answers:
        text = answer.read_text()
        answer.write_text(text.replace("/lwt", "/lvt", 1))
    packages._answers.clear()
    assert build(config(packages=NAMES), fresh=True).packages


@pytest.mark.parametrize("status", [0, 1])
def test_what_is_damaged_while_it_is_linked_makes_no_image(
    own_cache, tmp_path, monkeypatch, status
):
    right = build(config()).path.read_bytes()
    victim = library_os.expected(load("virtio"), locate()).runtime
    linker = tmp_path / "ld"
    linker.write_text(
        f'#!/bin/sh\nld "$@" || exit\n[ -f image.elf ] || exit 0\n: >"{victim}"\nexit {status}\n'
    )
    linker.chmod(0o755)
    monkeypatch.setenv("LD", str(linker))
    with pytest.raises(ToolchainError, match="changed while it was being linked") as caught:
        build(config(), fresh=True)
    assert not isinstance(caught.value, LinkError)
    monkeypatch.delenv("LD")
    assert build(config(), fresh=True).path.read_bytes() == right


def test_everything_is_on_the_disk_before_it_has_its_name(own_cache, monkeypatch):
    """Power may fail at any time: what is renamed into place was synchronised before."""
    synced, renamed = set(), []
    fsync, rename = os.fsync, os.rename

    def note_sync(handle):
        synced.add(os.fstat(handle).st_ino)
        fsync(handle)

    def note_rename(source, target, *rest, **keywords):
        inside = files(source) if Path(source).is_dir() else []
        renamed.extend(path for path in inside if path.stat().st_ino not in synced)
        rename(source, target, *rest, **keywords)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(os, "rename", note_rename)
    image = build(config(HELLO + "(* another *)"))
    assert {path.stat().st_ino for path in files(image.path.parent)} <= synced
    assert renamed == []
    assert image.path.parent.parent.stat().st_ino in synced  # the folder that names it
    assert cache.name_file("whole").stat().st_ino in synced


def test_records_are_json_behind_their_digest(own_cache):
    path = own_cache / "names" / "x.json"
    integrity.write_record(path, {"ü": [1, 2]})
    assert integrity.read_record(path) == {"ü": [1, 2]}
    assert json.loads(path.read_text().partition("\n")[2]) == {"ü": [1, 2]}
