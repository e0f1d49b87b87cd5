"""Answers to lab 5."""

from . import Answer

_DRAIN = r"""%%unikernel build drain --package mirage-stack-unikernel
open Lwt.Infix

let rec drain count flow =
  Stack.TCPV4.read flow >>= function
  | Ok (`Data data) -> drain (count + Cstruct.length data) flow
  | Error _ -> Stack.TCPV4.close flow
  | Ok `Eof ->
      let answer = Cstruct.of_string (string_of_int count ^ "\n") in
      Stack.TCPV4.write flow answer >>= fun _ -> Stack.TCPV4.close flow

let start stack =
  Stack.listen_tcpv4 stack ~port:9 (drain 0);
  print_endline "open";
  Stack.listen stack
"""

_SOURCE = r"""%%unikernel build source --package mirage-stack-unikernel
open Lwt.Infix

let piece = 64 * 1024
let pattern = Cstruct.of_string (String.init (piece + 251) (fun i -> Char.chr (i mod 251)))

let rec send flow at left =
  if left = 0 then Stack.TCPV4.close flow
  else
    let length = min piece left in
    Stack.TCPV4.write flow (Cstruct.sub pattern (at mod 251) length) >>= function
    | Ok () -> send flow (at + length) (left - length)
    | Error _ -> Stack.TCPV4.close flow

let rec serve line flow =
  match String.index_opt line '\n' with
  | Some at -> send flow 0 (int_of_string (String.sub line 0 at))
  | None -> (
      Stack.TCPV4.read flow >>= function
      | Ok (`Data data) -> serve (line ^ Cstruct.to_string data) flow
      | Ok `Eof | Error _ -> Stack.TCPV4.close flow)

let start stack =
  Stack.listen_tcpv4 stack ~port:19 (serve "");
  print_endline "open";
  Stack.listen stack
"""

_WINDOW = """\
import math


def rate_mbit(window_kib, rtt_ms):
    return window_kib * 1024 * 8 / 1e6 / (rtt_ms / 1000)


def window_kib(rate_mbit, rtt_ms):
    return math.ceil(rate_mbit * 1e6 / 8 * rtt_ms / 1000 / 1024)
"""

_MEASURED = """\
def measured(port, size):
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(b"%d\\n" % size)
        if not line.recv(1 << 16):
            return 0.0
        began, count = time.monotonic(), 0
        last = began
        while part := line.recv(1 << 16):
            count += len(part)
            last = time.monotonic()
    return count / (1 << 20) / (last - began) if count else 0.0
"""

_KEEPS_ALL = _DRAIN.replace("let rec drain", "let kept = ref []\n\nlet rec drain").replace(
    "drain (count", "kept := data :: !kept; drain (count"
)
_WAITS_FOR_NOBODY = _SOURCE.replace(
    "    Stack.TCPV4.write flow (Cstruct.sub pattern (at mod 251) length) >>= function\n",
    "    let writing = Stack.TCPV4.write flow (Cstruct.sub pattern (at mod 251) length) in\n"
    "    Lwt.async (fun () -> writing >|= ignore);\n"
    "    Lwt.return (Ok ()) >>= function\n",
)

ANSWERS = {
    "ex-throughput-1": Answer(
        _DRAIN,
        wrong={
            _KEEPS_ALL: r"(A connection ended in the middle|drain answered b'')",
            _DRAIN.replace("count + Cstruct", "Cstruct"): r"drain answered b'\d+",
        },
    ),
    "ex-throughput-2": Answer(
        _SOURCE,
        wrong={
            _SOURCE.replace("(at mod 251)", "0"): r"not those of the pattern",
            _WAITS_FOR_NOBODY: r"(A connection ended in the middle|source sent [\d,]+)",
        },
    ),
    "ex-throughput-3": Answer(
        _WINDOW,
        wrong={
            _WINDOW.replace("* 1024 * 8 / 1e6", "* 1000 * 8 / 1e6"): r"rate_mbit says",
            _WINDOW.replace("math.ceil(", "int("): r"window_kib says",
        },
    ),
    "ex-throughput-4": Answer(
        _MEASURED,
        wrong={
            _MEASURED.replace("began, count = time.monotonic(), 0", "count = 0").replace(
                "        line.sendall", "        began = time.monotonic()\n        line.sendall"
            ): r"once it had begun; measured says",
            _MEASURED.replace("return count /", "return size /"): r"measured says",
        },
    ),
}
