"""connect: the shapes of program that can be started, and what is said about the others."""

import pytest

from unikernel_toolchain import build
from unikernel_toolchain.config import Config
from unikernel_toolchain.errors import CompileError

DEVICES = ("mirage-time", "mirage-console", "mirage-clock", "mirage-random")

STARTABLE = {
    "effects": 'let () = print_endline "done"',
    "plain": 'let start () = print_endline "done"',
    "endless": "let rec start () = start ()",
    "any argument": "let start _ = ()",
    "promise": "let start = Lwt.return_unit",
    "Lwt": "let start () = Lwt.return_unit",
    "module": "module Main = struct let start () = () end",
    "functor": "module Main (T : Mirage_time.S) = struct let start () = T.sleep_ns 1L end",
    "direct functor": """
        module Clock (P : Mirage_clock.PCLOCK) (M : Mirage_clock.MCLOCK) = struct
          let start () () = print_int (fst (P.now_d_ps ()))
        end""",
    "connected": """
        module Main (C : Mirage_console.S) (R : Mirage_random.S) = struct
          let start c _ = C.write c (R.generate 1) |> Lwt.map ignore
        end""",
    "connected and direct": """
        module Main (C : Mirage_console.S) = struct let start (_ : C.t) = () end""",
    "Main of several": """
        module Main (T : Mirage_time.S) = struct let start () = Lwt.return_unit end
        module Other (T : Mirage_time.S) = struct let start () = Lwt.return_unit end""",
}

UNSTARTABLE = {
    "let start n = print_int n": "start is int -> unit; .* let start () =",
    "let start ?a () = ignore (a : int option)": r"start is \?a:int -> unit -> unit",
    "let start () = 3": "start gives neither unit nor unit Lwt.t",
    "let start () = Lwt.return 3": "start gives neither unit nor unit Lwt.t",
    "module Main (T : Mirage_time.S) = struct let start () () = () end": "one argument for each",
    "module Main (T : sig end) = struct let start () = () end": "T has a signature of its own",
    "module Main () = struct let start () = () end": r"a parameter is \(\)",
    "module Main (F : Mirage_flow.S) = struct let start () = () end": (
        r"no device is known for a parameter of type Mirage_flow\.S"
    ),
    """module A (T : Mirage_time.S) = struct let start () = () end
       module B (T : Mirage_time.S) = struct let start () = () end""": (
        r"several modules have a start \(A, B\)"
    ),
}


@pytest.mark.parametrize("source", STARTABLE.values(), ids=STARTABLE)
def test_what_can_be_started_links(source):
    build(Config(name="startable", sources={"cell.ml": source}, packages=DEVICES))


@pytest.mark.parametrize("source", UNSTARTABLE)
def test_what_cannot_be_started_is_said(source):
    with pytest.raises(CompileError, match=f"(?s){UNSTARTABLE[source].replace('()', '[(][)]')}"):
        build(Config(name="unstartable", sources={"cell.ml": source}, packages=DEVICES))
