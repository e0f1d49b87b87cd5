"""What is inside an image."""

import dataclasses

import pytest

from unikernel_toolchain import Config, build
from unikernel_toolchain.errors import ImageInvalid
from unikernel_toolchain.report import inspect


@pytest.fixture(scope="module", params=["c", "ocaml", "lwt", "process"])
def image(request):
    configs = {
        "c": Config("c", {"cell.c": "int main(void) { return 0; }"}, language="c"),
        "ocaml": Config("ocaml", {"cell.ml": "let () = print_endline {|hi|}"}),
        "lwt": Config("lwt", {"cell.ml": "let start () = Lwt.pause ()"}, packages=("lwt",)),
        "process": Config("process", {"cell.ml": "let () = print_endline {|hi|}"}, target="unix"),
    }
    return build(configs[request.param])


def packages(image):
    return {share.package for share in inspect.contributions(image)}


def test_contributions_sum_to_what_is_loaded(image):
    total = sum(share.size_bytes for share in inspect.contributions(image))
    assert total == inspect.loaded_bytes(image)
    assert image.size_bytes - 64 < total <= image.size_bytes


def test_contributions_are_named_and_ordered(image):
    shares = inspect.contributions(image)
    assert all(share.size_bytes > 0 for share in shares)
    assert [s.size_bytes for s in shares] == sorted((s.size_bytes for s in shares), reverse=True)
    known = {
        *("application", "libos platform", "libos runtime", "musl", "symbols"),
        *("ocaml runtime", "stdlib", "lwt"),
        *("mirage-unikernel", "unikernel-os", "unikernel-memory", "unikernel-time"),
    }
    assert {"application", "libos platform", "symbols"} <= packages(image) <= known


def test_a_library_is_seen():
    image = build(Config("lwt", {"cell.ml": "let start () = Lwt.pause ()"}, packages=("lwt",)))
    shares = {(s.package, s.module): s.size_bytes for s in inspect.contributions(image)}
    assert shares["lwt", "lwt"] > 10_000
    assert shares["application", "cell"] > 0


STACKS = {
    "Make": "stack_direct_v4",
    "MakeV6": "stack_direct_v6",
    "MakeV4V6": "stack_direct_v4v6",
}


@pytest.mark.parametrize("functor", STACKS)
def test_of_the_stacks_that_are_one_modules_only_the_named_is_linked(functor):
    text = f"module type Wired = module type of Tcpip_stack_direct.{functor}\n"
    text += (
        f"module Wired : Wired = Tcpip_stack_direct.{functor}\nlet () = print_endline {{|hi|}}\n"
    )
    config = Config("wired", {"wired.ml": text}, packages=("tcpip.stack-direct",))
    modules = {share.module for share in inspect.contributions(build(config))}
    assert modules & set(STACKS.values()) == {STACKS[functor]}


def test_sections_have_the_rights_their_kind_says(image):
    sections = inspect.sections(image)
    assert {"code", "constants", "data", "zero", "symbols"} == {s.kind for s in sections}
    for section in sections:
        assert section.readable
        assert section.executable == (section.kind == "code")
        assert section.writable == (section.kind in {"data", "zero"})
    ends = [section.address + section.size_bytes for section in sections]
    starts = [section.address for section in sections]
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))


def test_wx_is_verified_from_the_file(image):
    inspect.verify_wx(image.path)


@pytest.mark.parametrize("victim", ["path", "debug_path", "map_path"])
def test_what_is_gone_is_named(image, tmp_path, victim):
    gone = dataclasses.replace(image, **{victim: tmp_path / "gone"})
    with pytest.raises(ImageInvalid, match="cannot be read"):
        inspect.contributions(gone)


def test_a_file_that_is_no_map_is_refused(image, tmp_path):
    (tmp_path / "map").write_text("hello")
    other = dataclasses.replace(image, map_path=tmp_path / "map")
    with pytest.raises(ImageInvalid, match="no link map"):
        inspect.contributions(other)
