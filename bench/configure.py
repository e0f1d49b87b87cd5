"""Configure: rebuilding an application of MirageOS 3.9 with ten packages.

After a changed line of unikernel.ml, beside what OCaml alone takes for the same files and the same
link; and after a changed config.ml, which is compiled and run besides.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import time
from typing import TYPE_CHECKING

import unikernel_toolchain as toolchain
from unikernel import applications
from unikernel.machines.qemu import accelerator

from .tools.interleave import interleave
from .tools.report import Difference, Ratio

if TYPE_CHECKING:
    from pathlib import Path

    from unikernel.model.measurement import Measurements
    from unikernel_toolchain import Config

REPEAT = 15
NAME = "bench-configure"
CLAIMS = (
    Ratio("rebuild", "configure.unikernel_ml", "configure.ocamlopt + link", at_most=2.0),
    Difference("changed config.ml", "configure.config_ml", "configure.unikernel_ml", at_most=1000),
)
CONFIG = """\
open Mirage
let packages =
  [ package "duration"; package "cstruct"; package "fmt"; package "ipaddr"; package "logs";
    package "ptime"; package "domain-name"; package "uri"; package "mirage-crypto"; package "lwt" ]
let main =
  foreign ~packages "Unikernel.Main" (console @-> time @-> stackv4 @-> job)
let stack = generic_stackv4 default_network
let () = register "rebuilt" [ main $ default_console $ default_time $ stack ]
"""
UNIKERNEL = """\
open Lwt.Infix
module Main (C : Mirage_console.S) (T : Mirage_time.S) (S : Mirage_stack.V4) = struct
  let start console _time stack =
    S.listen_tcpv4 stack ~port:7 (fun flow ->
      S.TCPV4.read flow >>= function
      | Ok (`Data data) -> S.TCPV4.write flow data >>= fun _ -> S.TCPV4.close flow
      | Ok `Eof | Error _ -> S.TCPV4.close flow);
    C.log console (Fmt.str "line LINE %s" (Uri.to_string (Uri.of_string "http://a/"))) >>= fun () ->
    T.sleep_ns (Duration.of_ms 1) >>= fun () ->
    S.listen stack
end
"""
_edits = itertools.count(time.time_ns())


def request(config: str) -> Config:
    """Return the request to build the application with a line that was never built before."""
    application = applications.of_text(config)
    text = UNIKERNEL.replace("LINE", str(next(_edits)))
    return applications.request(application, NAME, text)


def run(folder: Path) -> Measurements:
    """Measure the three in turns."""
    toolchain.build(request(CONFIG))  # the library OS and the packages
    return interleave(
        {
            "configure.unikernel_ml": lambda: _timed_ms(CONFIG),
            "configure.config_ml": lambda: _timed_ms(f"{CONFIG}(* {next(_edits)} *)\n"),
            "configure.ocamlopt + link": lambda: steps_ms(folder / f"steps-{next(_edits)}"),
        },
        repeat=REPEAT,
        accelerator=accelerator.choose("auto").name,
    )


def _timed_ms(config: str) -> float:
    asked = request(config)
    started = time.perf_counter()
    toolchain.build(asked)
    return (time.perf_counter() - started) * 1000


def steps_ms(folder: Path) -> float:
    """Return the milliseconds of the compiler's and linker's commands for the same files."""
    plan = toolchain.plan(request(CONFIG))
    folder.mkdir(parents=True)
    for name, text in plan.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    started = time.perf_counter()
    for step in plan.steps:
        subprocess.run(
            step.command, cwd=folder, check=True, timeout=60, env={**os.environ, "LC_ALL": "C"}
        )
    return (time.perf_counter() - started) * 1000
