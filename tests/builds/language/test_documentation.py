"""Documentation of packages, modules and values, as `doc NAME` shows it."""

import pytest

import unikernel
from unikernel_toolchain.errors import BadRequest, PackageNeedsUnix


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("lwt", ["package: lwt", "Lwt_stream", "promise"]),
        ("Lwt.bind", ["val bind : 'a Lwt.t ->", "from: package lwt", "promise"]),
        ("mirage-kv-block", ["survives power cuts", "from: the library OS", "needs: cstruct"]),
        ("Mirage_kv_block", ["module Mirage_kv_block", "(** A key-value store"]),
        ("Mirage_stack.V4", ["module type V4", "listen_tcpv4"]),
        ("List.map", ["val map : ('a -> 'b)", "OCaml's standard library", "not tail-recursive"]),
        ("Hashtbl", ["module Hashtbl", "val add :"]),
        ("print_endline", ["val print_endline : string -> unit", "newline"]),
        ("Not_found", ["Not_found : exn"]),
        ("Stack.TCPV4.read", ["val read :", "package mirage-stack-unikernel", "Waits for data"]),
    ],
)
def test_what_is_known_is_shown(name, parts):
    text = str(unikernel.doc(name))
    for part in parts:
        assert part.lower() in text.lower()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("lwtt", "lwt"),
        ("http", "unikernel-apps.http"),
        ("Lwt.bnd", "Lwt.bind"),
        ("List.mpa", "List.map"),
        ("Stack.TCPV4.reed", "Stack.TCPV4.read"),
        ("Mirage_stak", "Mirage_stack"),
        ("no such thing", "Such are lwt"),
        ("x/../y", "Such are lwt"),
        ("zzqqxx", "No installed package"),
    ],
)
def test_for_other_names_those_nearby_are_named(name, hint):
    with pytest.raises(BadRequest) as refused:
        unikernel.doc(name)
    assert hint in refused.value.hint


def test_what_needs_an_operating_system_says_so():
    with pytest.raises(PackageNeedsUnix, match="threads"):
        unikernel.doc("Lwt_unix")


def test_text_and_html_are_plain_and_escaped():
    shown = unikernel.doc("Hashtbl.fold")
    assert "[" not in str(shown).replace("[fold f tbl init]", "").partition("\n\n")[0]
    html = shown._repr_html_()
    assert "-&gt;" in html
    assert "<script" not in html


def test_licences_are_left_out_of_interfaces():
    assert "LICENSE" not in str(unikernel.doc("Stack"))
