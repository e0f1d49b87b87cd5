"""connect: the shapes of program that can be started, and what is said about the others."""

import subprocess

import pytest

from unikernel_toolchain import build, plan
from unikernel_toolchain.errors import CompileError
from unikernel_toolchain.model.config import Config
from unikernel_toolchain.model.device import network_devices
from unikernel_toolchain.planning.planner import MAIN
from unikernel_toolchain.report.inspect import contributions

DEVICES = (
    *("mirage-time", "mirage-console", "mirage-clock", "mirage-random", "mirage-stack"),
    "cohttp-mirage",
)

STARTABLE = {
    "effects": 'let () = print_endline "done"',
    "plain": 'let start () = print_endline "done"',
    "endless": "let rec start () = start ()",
    "any argument": "let start _ = ()",
    "promise": "let start = Lwt.return_unit",
    "Lwt": "let start () = Lwt.return_unit",
    "module": "module Main = struct let start () = () end",
    "functor": "module Main (T : Mirage_time.S) = struct let start () = T.sleep_ns 1L end",
    "direct functor": """
        module Clock (P : Mirage_clock.PCLOCK) (M : Mirage_clock.MCLOCK) = struct
          let start () () = print_int (fst (P.now_d_ps ()))
        end""",
    "connected": """
        module Main (C : Mirage_console.S) (R : Mirage_random.S) = struct
          let start c _ = C.write c (R.generate 1) |> Lwt.map ignore
        end""",
    "connected and direct": """
        module Main (C : Mirage_console.S) = struct let start (_ : C.t) = () end""",
    "given a stack": "let start stack = Stack.listen stack",
    "given devices": """
        let start console netif =
          Console_unikernel.log console (Macaddr.to_string (Netif.mac netif))""",
    "network, direct": "module Main (N : Mirage_net.S) = struct let start (_ : N.t) = () end",
    "IPv4": """
        module Main (E : Mirage_protocols.ETHERNET) (A : Mirage_protocols.ARP)
            (I : Mirage_protocols.IPV4) (C : Mirage_protocols.ICMPV4)
            (U : Mirage_protocols.UDPV4) (T : Mirage_protocols.TCPV4) (S : Mirage_stack.V4) =
        struct
          let start _ _ ip _ _ _ stack = ignore (I.get_ip ip); S.listen stack
        end""",
    "IPv6": """
        module Main (I : Mirage_protocols.IPV6) (S : Mirage_stack.V6) = struct
          let start ip stack = ignore (I.get_ip ip); S.listen stack
        end""",
    "both families": """
        module Main (S : Mirage_stack.V4V6) = struct
          let start stack = ignore (S.IP.get_ip (S.ip stack)); S.listen stack
        end""",
    "a stack of both families and what it stands on": """
        module Main (A : Mirage_stack.V4V6) (N : Mirage_net.S) = struct
          let start stack (_ : N.t) = A.listen stack
        end""",
    "HTTP on a stack of both families": """
        module Main (S : Mirage_stack.V4V6) (C : Conduit_mirage.S) (R : Resolver_lwt.S)
            (H : Cohttp_lwt.S.Server) = struct
          let start stack _ _ _ = S.listen stack
        end""",
    "given a stack of both families": "let start stack = Stack_v4v6.listen stack",
    "a promise of anything": "let start () = Lwt.return 3",
    "a value that is a promise of anything": "let start = Lwt.return [ 3 ]",
    "functor, a promise of anything": """
        module Main (C : Mirage_console.S) = struct
          let start c = Lwt.map (fun () -> `Done) (C.log c "done")
        end""",
    "another name of an interface": """
        module type TIME = Mirage_time.S
        module type SLEEP = TIME
        module Main (T : SLEEP) = struct let start () = T.sleep_ns 1L end""",
    "another name in a module": """
        module Types = struct module type NET = Mirage_net_lwt.S end
        module Main (N : Types.NET) = struct let start n = N.disconnect n end""",
    "signatures that include an interface": """
        module type WALL = sig include Mirage_clock.PCLOCK end
        module Main (P : WALL) (M : sig include Mirage_clock.MCLOCK end)
            (S : sig include Mirage_stack.V4 end) (T : sig include Mirage_protocols.TCPV6 end) =
        struct
          let start () () stack _ = print_int (fst (P.now_d_ps ())); S.listen stack
        end""",
    "Main of several": """
        module Main (T : Mirage_time.S) = struct let start () = Lwt.return_unit end
        module Other (T : Mirage_time.S) = struct let start () = Lwt.return_unit end""",
}

UNSTARTABLE = {
    "let start n = print_int n": "start is int -> unit; .* let start () =",
    "let start ?a () = ignore (a : int option)": r"start is \?a:int -> unit -> unit",
    "let start () = 3": "start gives neither unit nor a promise",
    "let strat () = print_endline (String.make 3 'a')": "no start, but strat; is that start missp",
    "let state = ref 0\nlet starts () = incr state": "there is no start, but starts",
    "module Main (T : Mirage_time.S) = struct let strat () = T.sleep_ns 1L end": "but strat",
    "module Main (T : Mirage_time.S) = struct let go () = T.sleep_ns 1L end": "no functor here has",
    "let main () = print_endline (String.make 3 'a')": "this does nothing: it has no start",
    "module Main (T : Mirage_time.S) = struct let start () () = () end": "one argument for each",
    "module Main (T : sig end) = struct let start () = () end": "T has a signature of its own",
    "module Main () = struct let start () = () end": r"a parameter is \(\)",
    "module Main (F : Mirage_flow.S) = struct let start () = () end": (
        r"no device is known for a parameter of type Mirage_flow\.S"
    ),
    """module Main (A : Mirage_stack.V4) (B : Mirage_stack.V4) = struct
         let start _ stack = B.listen stack
       end""": "second Mirage_stack.V4 needs a network of its own, and 1 is declared; add --net",
    """module Main (A : Mirage_stack.V4) (B : Mirage_stack.V6) = struct
         let start _ stack = B.listen stack
       end""": "would both take the frames of one network",
    """module Main (A : Mirage_stack.V4) (B : Mirage_stack.V4V6) = struct
         let start _ stack = B.listen stack
       end""": "ask for one of them. Mirage_stack.V4V6 alone has IPv4 and IPv6",
    """module Main (A : Mirage_stack.V4V6) (B : Mirage_protocols.IPV6) = struct
         let start stack _ = A.listen stack
       end""": "Mirage_protocols.IPV6 .*would both take the frames of one network",
    """let start (a : Stack.t) (b : Stack_v4v6.t) = ignore a; Stack_v4v6.listen b""": (
        "Stack.t and Stack_v4v6.t would both take the frames of one network"
    ),
    "let start (netif : Netif.t) n = ignore netif; print_int n": (
        r"start is Netif.t -> int -> unit; .* values of devices, whose types are .*Stack.t"
    ),
    """module A (T : Mirage_time.S) = struct let start () = () end
       module B (T : Mirage_time.S) = struct let start () = () end""": (
        r"several modules have a start \(A, B\)"
    ),
}


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
        assert text.count(f"Stack4.connect netif_{network} ethernet_{network} ") == 1
    assert "Main.start netif_service stack4_service stack4_management" in text


def main_module(source, folder, nets):
    """Return what connect writes for a program: the steps before the link, done here."""
    made = plan(
        Config("shown", {"cell.ml": source}, packages=DEVICES, devices=network_devices(nets))
    )
    build(Config("first", {"cell.ml": source}, packages=DEVICES, devices=network_devices(nets)))
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
        assert text.count(f"~mtu:(Ip46.mtu_to ip46_{network}) ip46_{network}") == 1
    assert "Main.start stack46_service stack46_management" in text
