"""Answers to lab 6."""

from . import Answer

_HERALD = r"""%%unikernel config herald
open Mirage

let herald_of =
  let about = Key.Arg.info ~doc:"For whom to make way." [ "herald-of" ] in
  Key.(create "herald_of" Arg.(opt string "nobody" about))

let times =
  let about = Key.Arg.info ~doc:"How often to say so." [ "times" ] in
  Key.(create "times" Arg.(opt int 2 about))

let main =
  foreign
    ~keys:[ Key.abstract herald_of; Key.abstract times ]
    "Unikernel.Main" (console @-> job)

let () = register "herald" [ main $ default_console ]
"""

_DICE = r"""%%unikernel build dice
module Main (R : Mirage_random.S) (Clock : Mirage_clock.PCLOCK) = struct
  let rec throw () =
    let byte = Cstruct.get_uint8 (R.generate 1) 0 in
    if byte >= 252 then throw () else 1 + (byte mod 6)

  let start _random _clock =
    let days, picoseconds = Clock.now_d_ps () in
    let seconds = Int64.to_int (Int64.div picoseconds 1_000_000_000_000L) in
    Printf.printf "epoch %d\n" ((days * 86_400) + seconds);
    for _ = 1 to Key_gen.throws () do
      Printf.printf "%d\n" (throw ())
    done;
    Lwt.return_unit
end
"""

_LIBRARY = r"""%%unikernel build library
open Lwt.Infix

module Reversed (Store : Mirage_kv.RO) = struct
  include Store

  let reversed text =
    let length = String.length text in
    String.init length (fun i -> text.[length - 1 - i])

  let get store key = Lwt.map (Result.map reversed) (Store.get store key)
end

module Main (Notes : Mirage_kv.RO) = struct
  module Shelf = Reversed (Notes)

  let start notes =
    Shelf.get notes (Mirage_kv.Key.v (Key_gen.note ())) >>= function
    | Ok text -> Lwt.return (print_endline text)
    | Error e ->
        Format.printf "%a@." Shelf.pp_error e;
        exit 1
end
"""

_CRIER = r'''CONFIG = """
open Mirage

let loud =
  let about = Key.Arg.info ~doc:"Cry." [ "loud" ] in
  Key.(create "loud" Arg.(flag ~stage:`Configure about))

let cry = foreign "Unikernel.Loud" (console @-> console)
let output = if_impl (Key.value loud) (cry $ default_console) default_console
let main = foreign "Unikernel.Main" (console @-> job)
let () = register "crier" ~keys:[ Key.abstract loud ] [ main $ output ]
"""
'''

_DESK = r"""%%unikernel build desk
open Lwt.Infix

module Main (Stack : Mirage_stack.V4) (Notes : Mirage_kv.RO) = struct
  module Tcp = Stack.TCPV4

  let longest = 1000

  let note notes name =
    Notes.get notes (Mirage_kv.Key.v name) >|= function Ok text -> text | Error _ -> "?"

  let rec serve notes rest flow =
    match String.index_opt rest '\n' with
    | Some at -> (
        let behind = String.sub rest (at + 1) (String.length rest - at - 1) in
        note notes (String.sub rest 0 at) >>= fun text ->
        Tcp.write flow (Cstruct.of_string (text ^ "\n")) >>= function
        | Ok () -> serve notes behind flow
        | Error _ -> Tcp.close flow)
    | None when String.length rest > longest -> Tcp.close flow
    | None -> (
        Tcp.read flow >>= function
        | Ok (`Data more) -> serve notes (rest ^ Cstruct.to_string more) flow
        | Ok `Eof | Error _ -> Tcp.close flow)

  let start stack notes =
    Stack.listen_tcpv4 stack ~port:(Key_gen.port ()) (serve notes "");
    Logs.app (fun f -> f "open");
    Stack.listen stack
end
"""

ANSWERS = {
    "ex-mirage-1": Answer(
        _HERALD,
        wrong={
            _HERALD.replace(
                "opt int 2", "opt ~stage:`Configure int 2"
            ): r"should make way \d times",
            _HERALD.replace("opt int 2", "opt int 3"): r"Booted with no words, herald should make",
        },
    ),
    "ex-mirage-2": Answer(
        _DICE,
        wrong={
            _DICE.replace("1 + (byte mod 6)", "byte mod 6"): r"each a number from 1 to 6",
            _DICE.replace("(days * 86_400) + ", ""): r"By the clock it was \d+, and dice says",
        },
    ),
    "ex-mirage-3": Answer(
        _LIBRARY,
        wrong={
            _LIBRARY.replace(
                "Shelf = Reversed (Notes)", "Shelf = Notes"
            ): r"should come out backwards",
            _LIBRARY.replace("exit 1", "Lwt.return_unit"): r"should end it with status 1",
        },
    ),
    "ex-mirage-4": Answer(
        _CRIER,
        wrong={
            _CRIER.replace("(Key.value loud)", "Key.(map not (value loud))"): (
                r"Configured with no flag, it should say 'hear, you\d+'"
            ),
        },
    ),
    "ex-mirage-5": Answer(
        _DESK,
        wrong={
            _DESK.replace("(rest ^ Cstruct.to_string more)", "(Cstruct.to_string more)"): (
                r"came in two parts"
            ),
        },
    ),
}
