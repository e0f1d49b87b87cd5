"""Answers to lab 4."""

from . import Answer

SITE = """\
%%unikernel build site --package unikernel-apps.http
module Http = Http_server.Make (Stack)

let visits = ref 0

let handler request body =
  match Lazy.force request.Http_request.path with
  | "/" ->
      incr visits;
      let words = List.tl (Array.to_list Sys.argv) in
      Lwt.return (Http_response.text (String.concat " " words))
  | "/visits" -> Lwt.return (Http_response.text (string_of_int !visits))
  | _ -> Http_server.not_found request body

let start stack =
  print_endline "ready";
  Http.serve stack ~handler []
"""
LINES = """\
%%unikernel build lines --package mirage-stack-unikernel
open Lwt.Infix

let backwards line =
  let length = String.length line in
  String.init length (fun i -> line.[length - 1 - i])

let rec answer flow pending =
  match String.index_opt pending '\\n' with
  | Some i ->
      let line = String.sub pending 0 i in
      let rest = String.sub pending (i + 1) (String.length pending - i - 1) in
      let text = Cstruct.of_string (backwards line ^ "\\n") in
      Stack.TCPV4.write flow text >>= fun _ -> answer flow rest
  | None -> (
      Stack.TCPV4.read flow >>= function
      | Ok (`Data text) -> answer flow (pending ^ Cstruct.to_string text)
      | Ok `Eof | Error _ -> Stack.TCPV4.close flow)

let start stack =
  Stack.listen_tcpv4 stack ~port:7 (fun flow -> answer flow "");
  print_endline "ready";
  Stack.listen stack
"""
BY_READ = """\
%%unikernel build lines --package mirage-stack-unikernel
open Lwt.Infix

let backwards line =
  let length = String.length line in
  String.init length (fun i -> line.[length - 1 - i])

let rec answer flow =
  Stack.TCPV4.read flow >>= function
  | Ok (`Data text) ->
      let line = String.trim (Cstruct.to_string text) in
      Stack.TCPV4.write flow (Cstruct.of_string (backwards line ^ "\\n")) >>= fun _ -> answer flow
  | Ok `Eof | Error _ -> Stack.TCPV4.close flow

let start stack =
  Stack.listen_tcpv4 stack ~port:7 answer;
  print_endline "ready";
  Stack.listen stack
"""
ONE_FOR_ALL = (  # what is pending is everybody's
    LINES.replace(
        "let rec answer flow pending =",
        'let kept = ref ""\n\nlet rec answer flow ()=\n  let pending = !kept in',
    )
    .replace("answer flow rest", "kept := rest; answer flow ()")
    .replace(
        "answer flow (pending ^ Cstruct.to_string text)",
        "kept := !kept ^ Cstruct.to_string text; answer flow ()",
    )
    .replace('answer flow "")', "answer flow ())")
)
CHAT = """\
%%unikernel build chat --package mirage-stack-unikernel
open Lwt.Infix

let peers = ref []

let tell line flow = Stack.TCPV4.write flow (Cstruct.of_string (line ^ "\\n")) >|= ignore

let rec converse flow pending =
  match String.index_opt pending '\\n' with
  | Some i ->
      let line = String.sub pending 0 i in
      let rest = String.sub pending (i + 1) (String.length pending - i - 1) in
      let others = List.filter (fun other -> other != flow) !peers in
      Lwt_list.iter_p (tell line) others >>= fun () -> converse flow rest
  | None -> (
      Stack.TCPV4.read flow >>= function
      | Ok (`Data text) -> converse flow (pending ^ Cstruct.to_string text)
      | Ok `Eof | Error _ ->
          peers := List.filter (fun other -> other != flow) !peers;
          Stack.TCPV4.close flow)

let join flow =
  peers := flow :: !peers;
  converse flow ""

let start stack =
  Stack.listen_tcpv4 stack ~port:7000 join;
  print_endline "ready";
  Stack.listen stack
"""
GUARDED = (
    LINES.replace("build lines", "build guarded")
    .replace(
        "let rec answer flow pending =\n",
        """\
let refuse flow =
  Stack.TCPV4.write flow (Cstruct.of_string "too long\\n") >>= fun _ -> Stack.TCPV4.close flow

let rec answer flow pending =
""",
    )
    .replace("| Some i ->", "| Some i when i > 1000 -> refuse flow\n  | Some i ->")
    .replace(
        "| None -> (", "| None when String.length pending > 1000 -> refuse flow\n  | None -> ("
    )
)
ACCOUNT = """\
%%unikernel build account --package mirage-stack-unikernel
open Lwt.Infix

let sum = ref 0
let answers = Hashtbl.create 16

let answer id n =
  match Hashtbl.find_opt answers id with
  | Some answer -> answer
  | None ->
      sum := !sum + n;
      let answer = Printf.sprintf "%s %d" id !sum in
      Hashtbl.add answers id answer;
      answer

let hear stack ~src ~dst:_ ~src_port text =
  match String.split_on_char ' ' (Cstruct.to_string text) with
  | [ id; "add"; n ] -> (
      match int_of_string_opt n with
      | None -> Lwt.return_unit
      | Some n ->
          let text = Cstruct.of_string (answer id n) in
          Stack.UDPV4.write ~src_port:9 ~dst:src ~dst_port:src_port (Stack.udpv4 stack) text
          >|= ignore)
  | _ -> Lwt.return_unit

let start stack =
  Stack.listen_udpv4 stack ~port:9 (hear stack);
  print_endline "ready";
  Stack.listen stack
"""
SENT_TO = """\
def sent_to(path, port):
    segments, first = {}, None
    with open(path, "rb") as file:
        for _, frame in dpkt.pcap.Reader(file):
            packet = dpkt.ethernet.Ethernet(frame).data
            segment = packet.data if isinstance(packet, dpkt.ip.IP) else None
            if not isinstance(segment, dpkt.tcp.TCP) or segment.dport != port:
                continue
            if segment.flags & dpkt.tcp.TH_SYN:
                first = segment.seq + 1
            if len(segments.get(segment.seq, b"")) < len(segment.data):
                segments[segment.seq] = bytes(segment.data)
    place = lambda seq: (seq - first) % 2**32
    sent = b""
    for seq in sorted(segments, key=place):
        sent += segments[seq][len(sent) - place(seq):] if place(seq) <= len(sent) else b""
    return sent
"""

ANSWERS = {
    "ex-network-1": Answer(
        SITE,
        wrong={
            SITE.replace("incr visits;", ""): r"After \d requests for /, /visits should answer \d",
            SITE.replace('String.concat " "', 'String.concat ""'): r"should contain these words",
        },
    ),
    "ex-network-2": Answer(
        LINES,
        wrong={
            BY_READ: r"answer each line with the line backwards, however the bytes come",
            ONE_FOR_ALL: r"answer each line with the line backwards, however the bytes come",
        },
    ),
    "ex-network-3": Answer(
        CHAT,
        wrong={
            CHAT.replace("List.filter (fun other -> other != flow) !peers in", "!peers in"): (
                r"To each other peer it should send what one says, and no more"
            ),
        },
    ),
    "ex-network-4": Answer(
        GUARDED,
        wrong={
            GUARDED.replace("| Some i when i > 1000 -> refuse flow\n  ", ""): (
                r"more than 1000 bytes without an end it should answer: too long"
            ),
        },
    ),
    "ex-network-5": Answer(
        ACCOUNT,
        wrong={
            ACCOUNT.replace("      Hashtbl.add answers id answer;\n", ""): (
                r"'\w+ add -?\d+' should be answered '\w+ -?\d+'; it was: '\w+ -?\d+'"
            ),
        },
    ),
    "ex-network-6": Answer(
        SENT_TO,
        wrong={
            SENT_TO.replace(
                'len(segments.get(segment.seq, b"")) < len(segment.data)', "True"
            ).replace("sorted(segments, key=place)", "segments"): r"Of a capture .*sent_to answers",
        },
    ),
}
