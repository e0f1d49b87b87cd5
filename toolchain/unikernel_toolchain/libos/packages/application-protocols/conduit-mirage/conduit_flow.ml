(* A flow of any implementation with the module that works on it. *)

open Lwt.Infix

type error = [ `Msg of string ]
type write_error = [ Mirage_flow.write_error | `Msg of string ]
type flow = Flow : (module Mirage_flow.S with type flow = 'a) * 'a -> flow

let create implementation flow = Flow (implementation, flow)
let pp_error ppf (`Msg why) = Fmt.string ppf why

let pp_write_error ppf = function
  | `Msg why -> Fmt.string ppf why
  | #Mirage_flow.write_error as error -> Mirage_flow.pp_write_error ppf error

let read (Flow ((module F), flow)) =
  F.read flow >|= Result.map_error (fun error -> `Msg (Fmt.str "%a" F.pp_error error))

let closed_or_sentence pp = function
  | `Closed -> `Closed
  | error -> `Msg (Fmt.str "%a" pp error)

let write (Flow ((module F), flow)) buffer =
  F.write flow buffer >|= Result.map_error (closed_or_sentence F.pp_write_error)

let writev (Flow ((module F), flow)) buffers =
  F.writev flow buffers >|= Result.map_error (closed_or_sentence F.pp_write_error)

let close (Flow ((module F), flow)) = F.close flow
