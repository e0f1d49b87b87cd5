"""The programs that are measured."""

LINE = "Hello, unikernel!"

OCAML = f'let start () = print_endline "{LINE}"\n'
LWT = f"""\
open Lwt.Infix

let start () = Lwt.pause () >|= fun () -> print_endline "{LINE}"
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
