(* The client's side: provisional answers are passed over, and what a server sends is held
   against HTTP's framing before cohttp gets it. *)

open Lwt.Infix
module Lines = Cohttp_mirage_lines.Make (Conduit_mirage.Flow)
module Framing = Cohttp_mirage_framing

type error = Lines.error
type write_error = Lines.write_error

let pp_error = Lines.pp_error
let pp_write_error = Lines.pp_write_error

type flow = Conduit_mirage.Flow.flow
type t = { lines : Lines.t; framing : Framing.t }

let fail why = Failure ("the HTTP answer cannot be used: " ^ why)

(* cohttp does not close it in the middle of a body. *)
let on_too_long flow =
  Lwt.async (fun () -> Conduit_mirage.Flow.close flow);
  fail "its header is too long"

let create flow =
  { lines = Lines.create ~on_too_long flow; framing = Framing.create Response }

let close t = Lines.close t.lines
let write_string t = Lines.write_string t.lines
let flush t = Lines.flush t.lines

let checked note =
  match note () with
  | () -> Lwt.return_unit
  | exception Http_request.Bad_body { why; _ } -> Lwt.fail (fail why)

let note_line t line =
  checked @@ fun () ->
  match line with
  | Ok (`Data pieces) -> Framing.line t.framing (Some (Cstruct.copyv pieces))
  | Ok `Eof -> Framing.line t.framing None
  | Error _ -> ()

(* "100 Continue" and its like; after "101 Switching Protocols" there is no other. *)
let is_provisional line =
  match line with
  | Ok (`Data pieces) ->
      let text = Cstruct.copyv pieces in
      String.length text >= 12
      && String.sub text 0 7 = "HTTP/1."
      && String.sub text 8 2 = " 1"
      && String.sub text 8 4 <> " 101"
  | Ok `Eof | Error _ -> false

let rec read_line t =
  let is_first = not (Framing.has_begun t.framing) in
  Lines.read_line t.lines >>= fun line ->
  note_line t line >>= fun () ->
  if is_first && Framing.is_in_header t.framing && is_provisional line then skip_provisional t
  else Lwt.return line

and skip_provisional t =
  Lines.read_line t.lines >>= fun line ->
  note_line t line >>= fun () ->
  if Framing.is_in_header t.framing then skip_provisional t
  else (
    Framing.next t.framing;
    read_line t)

let read_some ?len t =
  Lines.read_some ?len t.lines >>= fun read ->
  checked (fun () -> match read with Ok `Eof -> Framing.ended t.framing | Ok (`Data _) | Error _ -> ())
  >|= fun () -> read
