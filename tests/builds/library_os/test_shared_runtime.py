"""One OCaml runtime, and one build of each package, for all targets that are no UNIX."""

import shutil

import pytest

from unikernel_toolchain import Config, Stop, build, plan
from unikernel_toolchain.errors import PackageError
from unikernel_toolchain.findlib import packages
from unikernel_toolchain.library_os import c_archives, library_os
from unikernel_toolchain.library_os import packages as ocaml_packages
from unikernel_toolchain.planning.planner import LINKER
from unikernel_toolchain.store import integrity
from unikernel_toolchain.targets import load
from unikernel_toolchain.tools.locate import locate
from unikernel_toolchain.tools.progress import Steps

MACHINES = ("virtio", "xen")
# C stubs over the platform, the distribution's archives, and functors over both.
LINKED = ("mirage-net-unikernel", "mirage-block-unikernel", "mirage-console-unikernel", "tcpip")
STACK = "module Main (S : Mirage_stack.V4) = struct let start s = S.listen s end"
XENSTORE = "let start () = Lwt.bind (OS.Xs.make ()) (fun _ -> Lwt.return ())"


@pytest.fixture(scope="module")
def apart(tmp_path_factory):
    """A cache with the library OS of the first machine, and the files of each by target and name.

    Each was built for its target alone, and in one place: what the compilers leave for debuggers
    names the folder.
    """
    place = tmp_path_factory.mktemp("apart") / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNIKERNEL_CACHE", str(place))
        files = {}
        for target in reversed(MACHINES):
            shutil.rmtree(place, ignore_errors=True)
            patch.setattr(packages, "_answers", {})
            files[target] = built(target)
    return place, files


def built(target):
    """Return by name the files of a target's library OS and packages, built now."""
    libos = library_os.expected(load(target), locate())
    library_os.ensure(libos, Steps(lambda *_: None, 0), Stop())
    wanted = packages.resolve(LINKED, library_os.SOURCES / "packages")
    wanted = ocaml_packages.with_build_folders(libos, wanted)
    absent = ocaml_packages.missing(libos, wanted)
    ocaml_packages.build(libos, absent, wanted, Steps(lambda *_: None, 0), Stop())
    return {
        str(file.relative_to(libos.folder)): file.read_bytes()
        for file in libos.folder.rglob("*")
        if file.is_file() and file.name != integrity.MANIFEST
    }


def test_runtime_and_packages_are_the_same_bytes_on_all_machines(apart):
    virtio, xen = (apart[1][name] for name in MACHINES)
    assert sorted(virtio) == sorted(xen)
    assert [name for name in virtio if virtio[name] != xen[name]] == []
    # What the test is about is among them: the runtimes, OCaml's own code, a package with C.
    for name in ("libruntime.a", "libasmrun.a", "stdlib.a", "mirage_net_unikernel.a", "tcpip.a"):
        assert any(file.endswith(name) for file in xen), name


def linked(target):
    """Return the archives that an application is linked with: by ocamlopt, and beneath it."""
    made = plan(Config("web", {"cell.ml": STACK}, packages=("mirage-stack",), target=target))
    (link,) = (step for step in made.steps if step.stage == "link")
    above = {word for word in link.command if word.endswith(".cmxa")}
    beneath = {word for word in made.files[LINKER].split() if word.endswith(".a")}
    return above, beneath


def names_of(paths):
    return {path.rpartition("/")[2] for path in paths}


def test_an_application_is_linked_with_the_same_archives_but_the_platforms():
    (virtio, virtio_base), (xen, xen_base) = map(linked, MACHINES)
    assert len(virtio & xen) > 20
    # Module OS has more in it on Xen, and what that stands on.
    assert names_of(virtio - xen) == {"mirage_unikernel.cmxa"}
    own = {"mirage_xen.cmxa", "xenstore.cmxa", "xenstore_client.cmxa", "io_page.cmxa"}
    assert names_of(xen - virtio) == own
    assert names_of(virtio_base ^ xen_base) == {"libplatform.a", "libsys.a"}
    assert any(word.endswith("libruntime.a") for word in virtio_base & xen_base)


def test_the_c_librarys_own_part_is_the_same_too(monkeypatch):
    def sys_archive(target):
        libos = library_os.expected(load(target), locate())
        library_os.ensure(libos, Steps(lambda *_: None, 0), Stop())
        return libos.base.library("sys").read_bytes()

    assert sys_archive("virtio") == sys_archive("xen")


def test_archives_do_not_differ_with_the_folder_that_they_were_built_from(tmp_path, monkeypatch):
    tools, target = locate().c, load("unix")
    (archive,) = (
        one
        for one in c_archives.base_archives(target, tools, library_os.SOURCES)
        if one.name == "solo5"
    )
    made = []
    for name in ("here", "in another folder"):
        place = tmp_path / name
        place.mkdir()
        monkeypatch.chdir(place)
        c_archives.build_archive(archive, place, library_os.SOURCES, tools, Stop())
        made.append((place / "libsolo5.a").read_bytes())
    assert made[0] == made[1]
    assert str(tmp_path).encode() not in made[0]


def test_a_second_machine_costs_its_platform_alone(apart, monkeypatch):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(apart[0]))
    monkeypatch.setattr(packages, "_answers", {})
    told, text = [], "let start () = Lwt.return ()"
    config = Config("hello", {"cell.ml": text}, target="xen", packages=("lwt",))
    build(config, progress=lambda what, *_: told.append(what))
    of_xen = {f"OCaml: {name}" for name in ("mirage-xen", "xenstore", "xenstore.client", "io-page")}
    base = {"C: platform", "C: solo5", "C: sys"}
    assert base - {"C: solo5"} <= {what for what in told if ": " in what} <= base | of_xen


# ---- packages of one target


def test_what_only_xen_has_is_there_on_xen():
    image = build(Config("xs", {"cell.ml": XENSTORE}, packages=("lwt",), target="xen"))
    assert "mirage-xen" in image.packages
    assert "mirage-unikernel" not in image.packages


@pytest.mark.parametrize("target", ["virtio", "unix"])
def test_what_only_xen_has_is_refused_elsewhere(target):
    with pytest.raises(
        PackageError, match=f"mirage-xen is for the target xen .* for {target}"
    ) as it:
        plan(Config("xs", {"cell.ml": XENSTORE}, packages=("mirage-xen",), target=target))
    assert "-t xen" in it.value.hint
