"""The programs that are measured, and what they are measured against."""

LINE = "Hello, unikernel!"

OCAML = f'let start () = print_endline "{LINE}"\n'
LWT = f"""\
open Lwt.Infix

let start () = Lwt.pause () >|= fun () -> print_endline "{LINE}"
"""
WORK = """\
type tree = Leaf | Node of tree * tree

let rec grown depth = if depth = 0 then Leaf else Node (grown (depth - 1), grown (depth - 1))
let rec leaves = function Leaf -> 1 | Node (one, other) -> leaves one + leaves other

let start () =
  print_endline "begin";
  let table = Hashtbl.create 16 in
  for round = 1 to 40 do
    let tree = grown 14 in
    for i = 1 to 5_000 do Hashtbl.replace table (string_of_int (i * round)) (leaves Leaf) done;
    if leaves tree <> 1 lsl 14 then failwith "wrong"
  done;
  Printf.printf "end %d\\n" (Hashtbl.length table)
"""
HTTP = """\
open Lwt.Infix

let response = Cstruct.of_string "HTTP/1.0 200 OK\\r\\nContent-Length: 6\\r\\n\\r\\nhello\\n"

let serve flow =
  Stack.TCPV4.read flow >>= fun _ ->
  Stack.TCPV4.write flow response >>= fun _ -> Stack.TCPV4.close flow

let start stack =
  Stack.listen_tcpv4 stack ~port:80 serve;
  print_endline "listening";
  Stack.listen stack
"""
C = f"""\
#include <solo5.h>

int solo5_app_main(const struct solo5_start_info *info)
{{
	static const char line[] = "{LINE}\\n";

	(void)info;
	solo5_console_write(line, sizeof line - 1);
	return SOLO5_EXIT_SUCCESS;
}}
"""
IPERF3 = """\
module Iperf3 = Iperf3.Make (OS.Time) (Mclock) (Stack)

let start stack =
  print_endline "ready";
  Iperf3.serve stack
"""
WEB = """\
module Http = Http_server.Make (Stack)

let start stack =
  print_endline "ready";
  Http.serve stack [ ("/", Http_response.page "Hello from OCaml!\\n") ]
"""
BLOCK = """\
module Load = Block_load.Make (Mclock) (Block)

let start disk = Load.run disk
"""
NATIVE_C = f"""\
#include <unistd.h>

int main(void)
{{
	static const char line[] = "{LINE}\\n";

	return write(1, line, sizeof line - 1) < 0;
}}
"""
REPORT = """\
module Http = Http_server.Make (Stack)

(* A report of rows, sent row by row. Rows are kept as cells; each request renews some of them. *)
let slots = 40_000
let rows = 200
let renewed = 60
let cells n = List.init 6 (fun i -> string_of_int (n * i))
let table = Array.init slots cells
let requests = ref 0
let row at = "<tr><td>" ^ String.concat "</td><td>" table.(at) ^ "</td></tr>\\n"

let report number =
  let sent = ref 0 in
  let next () =
    let n = !sent in
    incr sent;
    let at = ((number * renewed) + n) mod slots in
    if n < renewed then table.(at) <- cells (at + number);
    Cstruct.of_string (row at)
  in
  fun () -> if !sent = rows then Lwt.return_none else Lwt.return_some (next ())

let handler _ _ =
  incr requests;
  Lwt.return { Http_response.status = 200; headers = []; body = Chunked (report !requests) }

let start stack =
  print_endline "ready";
  Http.serve stack ~handler []
"""
