"""Modules that an application may name without asking for their packages, as with MirageOS 3.9.

3.9 links all that its own packages stand on, and ocamlfind lets a program see all that is linked.
"""

import pytest

from unikernel import applications
from unikernel_toolchain import build

# Types, devices of these, and modules behind them.
ANY = """
    Cmdliner Cstruct Domain_name Duration Fmt Functoria_runtime Ipaddr Logs Lwt Macaddr Mirage_clock
    Mirage_kv Mirage_logs Mirage_runtime Mirage_time OS Parse_argv Ptime"""
NETWORK = """
    Arp Astring Conduit_mirage Dns Ethernet Macaddr Mirage_crypto_rng Randomconv Resolver_lwt
    Rresult Sexplib Tcpip_stack_direct Uri"""
STORAGE = "Astring Fat Mirage_block Mirage_fs Mirage_kv_mem Rresult"
VISIBLE = [
    (("time",), "$ default_time", ANY),
    (("stackv4", "conduit"), "$ stack $ conduit_direct stack", NETWORK),
    (("kv_ro", "fs"), '$ crunch "data" $ fat (ramdisk "x")', STORAGE),
]


@pytest.mark.parametrize(("types", "given", "modules"), VISIBLE, ids=["any", "network", "storage"])
def test_what_devices_stand_on_is_seen(types, given, modules, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    config = f"""open Mirage
let stack = generic_stackv4 default_network
let main = foreign "Unikernel.Main" ({" @-> ".join([*types, "job"])})
let () = register "seen" [ main {given} ]"""
    named = "".join(f"module M_{name} = struct include {name} end\n" for name in modules.split())
    parameters = "".join(f"(P{number} : sig end) " for number, _ in enumerate(types))
    values = "_ " * len(types)
    source = f"{named}module Main {parameters} = struct let start {values}= Lwt.return_unit end"
    application = applications.of_text(config)
    assert build(applications.request(application, "seen", source)).size_bytes
