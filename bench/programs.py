"""The programs that are measured, and what they are measured against."""

LINE = "Hello, unikernel!"

OCAML = f'let start () = print_endline "{LINE}"\n'
LWT = f"""\
open Lwt.Infix

let start () = Lwt.pause () >|= fun () -> print_endline "{LINE}"
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
NATIVE_C = f"""\
#include <unistd.h>

int main(void)
{{
	static const char line[] = "{LINE}\\n";

	return write(1, line, sizeof line - 1) < 0;
}}
"""
