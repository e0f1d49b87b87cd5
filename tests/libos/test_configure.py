"""connect: the shapes of program that can be started, and what is said about the others."""

import subprocess

import pytest
from support.ocaml.starts import STARTABLE, UNSTARTABLE

from unikernel_toolchain import build, plan
from unikernel_toolchain.errors import CompileError
from unikernel_toolchain.model.config import Config
from unikernel_toolchain.model.device import block_devices, network_devices
from unikernel_toolchain.planning.planner import MAIN
from unikernel_toolchain.report.inspect import contributions

DEVICES = (
    *("mirage-time", "mirage-console", "mirage-clock", "mirage-random", "mirage-stack"),
    "cohttp-mirage",
    "mirage-block",
)


@pytest.mark.parametrize("source", STARTABLE.values(), ids=STARTABLE)
def test_what_can_be_started_links(source):
    build(Config(name="startable", sources={"cell.ml": source}, packages=DEVICES))


@pytest.mark.parametrize("source", UNSTARTABLE)
def test_what_cannot_be_started_is_said(source):
    with pytest.raises(CompileError, match=f"(?s){UNSTARTABLE[source].replace('()', '[(][)]')}"):
        build(Config(name="unstartable", sources={"cell.ml": source}, packages=DEVICES))


def test_each_device_of_a_network_is_made_and_connected_once(tmp_path):
    source = """
        module Main (N : Mirage_net.S) (A : Mirage_stack.V4) (B : Mirage_stack.V4) = struct
          let start (_ : N.t) (_ : A.t) stack = B.listen stack
        end"""
    text = main_module(source, tmp_path, nets=("service", "management"))
    for module in ("Ethernet.Make", "Tcp.Flow.Make", "Stack_direct_v4.Make"):
        assert text.count(f"= {module} ") == 1
    for network in ("service", "management"):
        assert text.count(f"Netif.connect (Interface_key.name netif_{network}_keys)") == 1
        assert text.count(f"Stack4.connect _netif_{network} _ethernet_{network} ") == 1
    assert "Main.start _netif_service _stack4_service _stack4_management" in text


def test_each_block_device_has_the_name_that_it_was_given(tmp_path):
    source = """
        module Main (A : Mirage_block.S) (B : Mirage_block.S) = struct
          let start _ disk = B.disconnect disk
        end"""
    text = main_module(source, tmp_path, blocks=("journal", "archive"))
    assert text.count('Block.connect "journal"') == text.count('Block.connect "archive"') == 1
    assert "Main.start _block_journal _block_archive" in text


def main_module(source, folder, nets=(), blocks=()):
    """Return what connect writes for a program: the steps before the link, done here."""
    devices = (*network_devices(nets), *block_devices(blocks))
    made = plan(Config("shown", {"cell.ml": source}, packages=DEVICES, devices=devices))
    build(Config("first", {"cell.ml": source}, packages=DEVICES, devices=devices))
    for name, text in made.files.items():
        (folder / name).write_text(text)
    for step in made.steps[:-1]:
        subprocess.run(step.command, cwd=folder, check=True)
    return (folder / MAIN).read_text()


IPV6_ONLY = {"tcpip.ipv6", "happy-eyeballs", "happy-eyeballs-mirage"}
V4_CLIENT = """
module Main (S : Mirage_stack.V4) (C : Conduit_mirage.S) (R : Resolver_lwt.S) = struct
  let start stack conduit resolver =
    let ctx = Cohttp_mirage.Client.ctx resolver conduit in
    Lwt.bind (Cohttp_mirage.Client.get ~ctx (Uri.of_string "http://a.test/")) (fun _ ->
        S.listen stack)
end
"""


def linked(source):
    image = build(Config(name="linked", sources={"cell.ml": source}, packages=DEVICES))
    return {part.package for part in contributions(image)}


def test_an_ipv4_stack_links_nothing_of_ipv6():
    assert not linked(V4_CLIENT) & IPV6_ONLY
    assert linked(V4_CLIENT.replace("V4)", "V4V6)")) >= IPV6_ONLY


def test_both_families_on_several_networks(tmp_path):
    source = """
        module Main (A : Mirage_stack.V4V6) (B : Mirage_stack.V4V6) = struct
          let start _ stack = B.listen stack
        end"""
    text = main_module(source, tmp_path, nets=("service", "management"))
    assert text.count("= Network_ip.Make ") == 1
    for network in ("service", "management"):
        assert f'Ip_keys.declare ~group:"{network}" "{network}"' in text
        assert text.count(f"~mtu:(Ip46.mtu_to _ip46_{network}) (Tcp_keys.limits ()) ") == 1
    assert "Main.start _stack46_service _stack46_management" in text
