"""Programs that several files run."""

import pytest
from support.guests.unix_program import program

WAITS = """
#include "unikernel.h"
int unikernel_main(const struct unikernel_start_info *info)
{
	(void)info;
	unikernel_console_write("ready\\n", 6);
	unikernel_wait(0, UINT64_MAX);
	return 0;
}
"""

OVERFLOWS = """
let rec endless n = 1 + endless (n + 1)

let overflow () =
  match endless 0 with
  | exception Stack_overflow -> 1
  | _ -> 0

let rec overflow_at depth =
  if depth = 0 then overflow () else overflow () + overflow_at (depth - 1)

let start () =
  let caught = List.init 100 (fun _ -> overflow ()) |> List.fold_left ( + ) 0 in
  Printf.printf "%d and %d\\n" caught (overflow_at 10)
"""


@pytest.fixture(scope="module")
def waits():
    return program(WAITS, "waits")


@pytest.fixture(scope="module")
def overflows():
    return program(OVERFLOWS, "overflows", "ocaml")
