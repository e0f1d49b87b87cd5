(* One request and its answer. Body and answer may be streamed at the same time, so reads
   of the body are one at a time whoever asks; whether the connection can go on depends on
   whether both ends know where the next request begins (RFC 9112, section 9.3). *)

open Lwt.Infix

type out = { write : Cstruct.t list -> unit Lwt.t; failed : exn -> unit }

type t = {
  limits : Http_limits.t;
  input : Http_input.t;
  out : out;
  request : Http_request.t;
  body : Http_body.t;
  mutable is_continue_sent : bool;
  mutable pending : Cstruct.t option Lwt.t;  (** the read that came last *)
  mutable is_until_close : bool;
  mutable is_finished : bool;
}

let create limits input out (request : Http_request.t) =
  {
    limits;
    input;
    out;
    request;
    body = Http_body.create limits input request.body;
    is_continue_sent = not request.expects_continue;
    pending = Lwt.return_none;
    is_until_close = false;
    is_finished = false;
  }

let is_until_close t = t.is_until_close
let has_all_come t = Http_body.is_over t.body
let finish t = t.is_finished <- true

(* {1 The body} *)

let continue = Cstruct.of_string "HTTP/1.1 100 Continue\r\n\r\n"

(* Who has begun to send is not waiting to be told. *)
let send_continue t =
  if t.is_continue_sent || has_all_come t then Lwt.return_unit
  else (
    t.is_continue_sent <- true;
    if Http_input.is_empty t.input then t.out.write [ continue ] else Lwt.return_unit)

let is_sleeping promise = Lwt.state promise = Lwt.Sleep

(* One read at a time, whoever asks. *)
let rec next t =
  if is_sleeping t.pending then
    Lwt.try_bind (fun () -> t.pending) (fun _ -> next t) (fun _ -> next t)
  else (
    t.pending <- (send_continue t >>= fun () -> Http_body.next t.body);
    t.pending)

let producer t () = if t.is_finished then Lwt.return_none else next t

(* What the handler did not read must be read, or the connection ends. *)
let drain t =
  let rec skip left =
    if has_all_come t then Lwt.return_true
    else if Http_body.known_left t.body > left then Lwt.return_false
    else
      next t >>= function
      | Some part -> skip (left - Cstruct.length part)
      | None -> Lwt.return_true
  in
  Lwt.catch
    (fun () -> skip t.limits.drain_bytes)
    (function Http_request.Bad_body _ -> Lwt.return_false | exn -> Lwt.fail exn)

(* {1 The answer} *)

let has_no_body t framing = t.request.meth = "HEAD" || framing = Http_response.Bare

(* An answer that is made while it is sent may be made of the body, and nothing
   can be said between its parts; behind one that is not, a peer may or may not
   send the body that it was not told to send. *)
let prepare t (response : Http_response.t) =
  let framing = Http_response.framing response ~is_1_1:t.request.is_1_1 in
  let is_streamed =
    match response.body with
    | Whole _ -> false
    | Sized _ | Chunked _ -> not (has_no_body t framing)
  in
  (if is_streamed then send_continue t else Lwt.return_unit) >|= fun () ->
  let is_in_sync =
    has_all_come t
    || is_streamed
    || (t.is_continue_sent && Http_body.known_left t.body <= t.limits.drain_bytes)
  in
  t.is_until_close <- framing = Until_close && not (has_no_body t framing);
  t.request.keep_alive
  && (not t.is_until_close)
  && (not (Http_response.wants_close response))
  && is_in_sync
  && not (Http_body.is_broken t.body)

let chunk_end = Cstruct.of_string "\r\n"
let last_chunk = Cstruct.of_string "0\r\n\r\n"

let chunk part =
  let size = Cstruct.of_string (Printf.sprintf "%x\r\n" (Cstruct.length part)) in
  [ size; part; chunk_end ]

let rec send_parts t producer ~framed =
  producer () >>= function
  | None -> Lwt.return_true
  | Some part when Cstruct.length part = 0 -> send_parts t producer ~framed
  | Some part -> t.out.write (framed part) >>= fun () -> send_parts t producer ~framed

(* True when as many bytes came as were announced. *)
let rec send_sized t left producer =
  producer () >>= function
  | None -> Lwt.return (left = 0)
  | Some part when Cstruct.length part > left -> Lwt.return_false
  | Some part when Cstruct.length part = 0 -> send_sized t left producer
  | Some part ->
      t.out.write [ part ] >>= fun () -> send_sized t (left - Cstruct.length part) producer

let chunked t producer =
  send_parts t producer ~framed:chunk >>= fun _ ->
  t.out.write [ last_chunk ] >|= fun () -> true

(* Without the last chunk, or the last byte, everybody sees that it broke off. *)
let unless_interrupted t stream =
  Lwt.catch
    (fun () ->
       stream () >|= fun is_whole ->
       if not is_whole then t.out.failed (Failure "an answer of another length than it said");
       is_whole)
    (function
      | Http_site.Connection_lost -> Lwt.fail Http_site.Connection_lost
      | Http_request.Bad_body _ -> Lwt.return_false
      | exn ->
          t.out.failed exn;
          Lwt.return_false)

let send t (response : Http_response.t) ~keeps =
  let { Http_request.is_1_1; _ } = t.request in
  let framing = Http_response.framing response ~is_1_1 in
  let head = Cstruct.of_string (Http_response.head response ~is_1_1 ~keep_alive:keeps) in
  match response.body with
  | _ when has_no_body t framing -> t.out.write [ head ] >|= fun () -> true
  | Whole body -> t.out.write [ head; body ] >|= fun () -> true
  | Sized (length, producer) ->
      t.out.write [ head ] >>= fun () ->
      unless_interrupted t (fun () -> send_sized t length producer)
  | Chunked producer ->
      t.out.write [ head ] >>= fun () ->
      unless_interrupted t (fun () ->
          if framing = Chunks then chunked t producer
          else send_parts t producer ~framed:(fun part -> [ part ]))
