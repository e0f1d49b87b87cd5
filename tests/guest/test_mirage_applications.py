"""What applications of MirageOS 3.9 expect beyond the interfaces: older names, and logs."""

import re

import pytest
from support.guests.unix_program import program, run

from unikernel_toolchain import build
from unikernel_toolchain.model.config import Config

OLDER_TYPES = {
    "statistics of a network": """
        module Count (N : Mirage_net_lwt.S) = struct
          let received n = (N.get_stats_counters n).Mirage_net_lwt.rx_pkts
        end
        module Main (N : Mirage_net.S) = struct
          module C = Count (N)
          let start n =
            let stats : Mirage_net.stats = N.get_stats_counters n in
            print_int (Int32.to_int (C.received n) + Int32.to_int stats.Mirage_net_lwt.rx_pkts);
            N.disconnect n
        end""",
    "keepalive of TCP": """
        module Client (T : Mirage_protocols_lwt.TCPV4) = struct
          let keepalive : Mirage_protocols_lwt.Keepalive.t =
            { after = 1L; interval = 1L; probes = 3 }
          let connect t where = T.create_connection ~keepalive t where
        end
        module Main (T : Mirage_protocols.TCPV4) = struct
          module C = Client (T)
          let start t =
            let { Mirage_protocols.Keepalive.probes; _ } = C.keepalive in
            print_int probes;
            Lwt.map ignore (C.connect t (Ipaddr.V4.localhost, 80))
        end""",
    "configuration of IPv4": """
        let given : Mirage_protocols_lwt.ipv4_config =
          let network = Ipaddr.V4.Prefix.of_string_exn "10.0.0.0/24" in
          { address = Ipaddr.V4.localhost; network; gateway = None }
        let taken ({ gateway; _ } : Mirage_protocols.ipv4_config) = gateway = None
        let start () = print_string (string_of_bool (taken given))""",
    "errors of flows and clocks": """
        module Pair (F : Mirage_flow_lwt.S) (M : Mirage_clock_lwt.MCLOCK) (T : Mirage_time_lwt.S) =
        struct let close = F.close end
        module Main (S : Mirage_stack_lwt.V4) (M : Mirage_clock.MCLOCK) (T : Mirage_time.S) =
        struct
          module P = Pair (S.TCPV4) (M) (T)
          let start stack () () = S.listen_tcpv4 stack ~port:80 P.close; S.listen stack
        end""",
}
CSTRUCT = """
open Cstruct
let length_of (buffer : Cstruct.t) = Cstruct.len buffer + len buffer
let start () =
  let buffer = Cstruct.of_string "abcdef" in
  let first = Cstruct.set_len buffer 2 in
  Printf.printf "%d %d %S\\n" (length_of buffer) (Cstruct.len (Cstruct.add_len first 2))
    (Cstruct.to_string first);
  match Cstruct.add_len first 5 with
  | exception Invalid_argument _ -> print_endline "no longer than the buffer"
  | _ -> print_endline "FAILED"
"""
LOGS = """
let disk = Logs.Src.create "disk"
let () = Logs.info (fun m -> m "at initialisation")
let start () =
  Logs.info ~src:disk (fun m -> m "told");
  Logs.debug ~src:disk (fun m -> m "asked for")
"""


@pytest.mark.parametrize("source", OLDER_TYPES.values(), ids=OLDER_TYPES)
def test_types_of_the_older_modules_are_those_of_the_newer(source):
    packages = ("mirage-stack", "mirage-net", "mirage-clock", "mirage-time")
    build(Config(name="older types", sources={"cell.ml": source}, packages=packages))


def test_what_cstruct_dropped_is_there():
    done = run(program(CSTRUCT, language="ocaml", packages=["cstruct"]))
    assert done.stdout == '12 4 "ab"\nno longer than the buffer\n'


@pytest.fixture(scope="module")
def logging():
    return program(LOGS, name="logging", language="ocaml", packages=["logs"])


def test_logs_are_reported_without_a_network(logging):
    lines = run(logging).stdout.splitlines()
    assert [re.sub(r"^.*00: ", "", line) for line in lines] == [
        "INF [application] at initialisation",
        "INF [disk] told",
    ]


def test_log_levels_are_chosen_at_boot(logging):
    done = run(logging, "--logs=error,disk:debug")
    assert "DBG [disk] asked for" in done.stdout
    assert "DBG" not in run(logging, "--logs=info").stdout


def test_log_levels_that_are_none_are_refused(logging):
    done = run(logging, "--logs=loud")
    assert done.returncode == 64
    assert "levels are quiet, app, error, warning, info, debug" in done.stdout


def test_a_programs_own_reporter_stays():
    own = (
        "let start () = Logs.set_reporter (Logs.format_reporter ()); Logs.app (fun m -> m {|own|})"
    )
    done = run(program(own, name="own", language="ocaml", packages=["logs", "logs.fmt"]))
    assert "own" in done.stdout + done.stderr
    assert "APP" not in done.stdout + done.stderr
