"""The programs that are measured."""

LINE = "Hello, unikernel!"

OCAML = f'let start () = print_endline "{LINE}"\n'
LWT = f"""\
open Lwt.Infix

let start () = Lwt.pause () >|= fun () -> print_endline "{LINE}"
"""
HTTP = """\
open Lwt.Infix

let answer = Cstruct.of_string "HTTP/1.0 200 OK\\r\\nContent-Length: 6\\r\\n\\r\\nhello\\n"

let serve flow =
  Stack.TCPV4.read flow >>= fun _ ->
  Stack.TCPV4.write flow answer >>= fun _ -> Stack.TCPV4.close flow

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
