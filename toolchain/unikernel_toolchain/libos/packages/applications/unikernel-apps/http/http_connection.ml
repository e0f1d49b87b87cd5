(* One connection: requests in order, each answered before the next is read (RFC 9112,
   section 9.3). Ready-made pages are gathered while more requests are already here, and
   leave in one write; whatever waits for the peer says so to the guard, which may stop it
   at any time by [stop_reason]. *)

open Lwt.Infix
module Guard = Http_guard

let src = Logs.Src.create "http" ~doc:"HTTP server"

module Log = (val Logs.src_log src : Logs.LOG)

type peer = {
  receive : unit -> Cstruct.t option Lwt.t;
  send : Cstruct.t list -> bool Lwt.t;
  close : unit -> unit Lwt.t;
}

type answer = Not_begun | Begun | Sent

type t = {
  peer : peer;
  guard : Guard.t;
  site : Http_site.t;
  client : Guard.client;
  input : Http_input.t;
  is_in_body : bool ref;
  mutable answer : answer;  (** to the request in hand *)
  mutable ready : Cstruct.t list;  (** answers to send, the last first *)
  mutable ready_bytes : int;
}

type ending = Close_gracefully | Abort

(* Stops whoever comes back from waiting for a peer that was given up. *)
let raise_if_stopped client = if Guard.is_stopped client then raise Http_site.Connection_lost
let enter c phase = Guard.enter c.guard c.client phase

(* {1 Receiving} *)

let awaits_header guard client input =
  if Http_input.is_empty input then Guard.enter guard client Idle
  else if Guard.phase client <> Header then Guard.enter guard client Header

let receive guard client peer is_in_body input () =
  if !is_in_body then Guard.enter guard client Body
  else awaits_header guard client (Lazy.force input);
  peer.receive () >|= fun data ->
  raise_if_stopped client;
  if !is_in_body then (
    Option.iter (fun data -> Guard.body_came client (Cstruct.length data)) data;
    Guard.enter guard client Busy);
  data

let connection guard site peer client =
  let is_in_body = ref false in
  let { Http_limits.header_bytes; _ } = Guard.limits guard in
  let rec input =
    lazy (Http_input.create ~header_bytes (receive guard client peer is_in_body input))
  in
  let input = Lazy.force input in
  {
    peer;
    guard;
    site;
    client;
    input;
    is_in_body;
    answer = Not_begun;
    ready = [];
    ready_bytes = 0;
  }

(* {1 Sending} *)

(* Whoever comes back from a wait may have been stopped meanwhile. *)
let write_once c buffers =
  raise_if_stopped c.client;
  enter c Writing;
  c.peer.send buffers >|= fun is_sent ->
  raise_if_stopped c.client;
  if not is_sent then raise Http_site.Connection_lost;
  enter c Busy

let piece_bytes = 65_536

(* In pieces, so that it shows whether the peer takes them. *)
let rec write_pieces c = function
  | [] -> Lwt.return_unit
  | buffer :: rest when Cstruct.length buffer > piece_bytes ->
      let piece, more = Cstruct.split buffer piece_bytes in
      write_once c [ piece ] >>= fun () -> write_pieces c (more :: rest)
  | buffer :: rest -> write_once c [ buffer ] >>= fun () -> write_pieces c rest

let write c buffers =
  if Cstruct.lenv buffers <= 2 * piece_bytes then write_once c buffers
  else write_pieces c buffers

let flush c =
  match c.ready with
  | [] -> Lwt.return_unit
  | answers ->
      c.ready <- [];
      c.ready_bytes <- 0;
      write c (List.rev answers)

let whole (response : Http_response.t) =
  let head = Http_response.head response ~is_1_1:true ~keep_alive:false in
  match response.body with
  | Whole body -> [ Cstruct.of_string head; body ]
  | Sized _ | Chunked _ -> [ Cstruct.of_string head ]

(* {1 Ends} *)

(* A peer that is still sending would have its connection reset by a close, and
   might lose what was said to it: it gets a moment to read that, and stop
   (RFC 9112, section 9.6). *)
let linger c =
  enter c Lingering;
  let rec skip left =
    if left < 0 then Lwt.return_unit
    else
      c.peer.receive () >>= function
      | Some data when not (Guard.is_stopped c.client) ->
          skip (left - Cstruct.length data)
      | Some _ | None -> Lwt.return_unit
  in
  skip (Guard.limits c.guard).drain_bytes >|= fun () -> Close_gracefully

let send_error c { Http_request.status; why } =
  Log.debug (fun m -> m "refused with %d: %s" status why);
  flush c >>= fun () ->
  write c (whole (Http_response.error status why)) >>= fun () -> linger c

(* 408 only where no answer has begun: in the middle of one it would be taken for data. *)
let time_out c =
  match c.answer with
  | Begun -> Abort
  | Sent -> Close_gracefully
  | Not_begun ->
      let why = "the request did not come in time" in
      ignore (c.peer.send (whole (Http_response.error 408 why)) : bool Lwt.t);
      Close_gracefully

(* {1 Requests} *)

let failed c exn =
  if Guard.is_first_in_second c.guard then
    Log.err (fun m -> m "a handler failed: %s" (Printexc.to_string exn))

type next = Keep_alive | Stop of ending

(* Without framing only a reset shows a client that an answer was cut off. *)
let after_answer c exchange ~is_whole ~keeps =
  match is_whole with
  | false when Http_exchange.is_until_close exchange -> Lwt.return (Stop Abort)
  | false -> Lwt.return (Stop Close_gracefully)
  | true when keeps ->
      Http_exchange.drain exchange >|= fun is_over -> if is_over then Keep_alive else Stop Close_gracefully
  | true when Http_exchange.has_all_come exchange -> Lwt.return (Stop Close_gracefully)
  | true -> linger c >|= fun ending -> Stop ending

let exchange c request =
  let limits = Guard.limits c.guard in
  let out = { Http_exchange.write = write c; failed = failed c } in
  Http_exchange.create limits c.input out request

let respond c request =
  flush c >>= fun () ->
  enter c Busy;
  Guard.body_begins c.client;
  c.is_in_body := true;
  let exchange = exchange c request in
  Http_site.answer c.site request (Http_exchange.producer exchange) ~failed:(failed c)
  >>= fun response ->
  Http_exchange.prepare exchange response >>= fun keeps ->
  c.answer <- Begun;
  Http_exchange.send exchange response ~keeps >>= fun is_whole ->
  c.answer <- Sent;
  after_answer c exchange ~is_whole ~keeps >|= fun next ->
  Http_exchange.finish exchange;
  c.answer <- Not_begun;
  c.is_in_body := false;
  next

let is_too_large c (request : Http_request.t) =
  match request.body with
  | Sized length -> length > (Guard.limits c.guard).body_bytes
  | Chunked -> false

let too_large = { Http_request.status = 413; why = "the body is longer than is taken here" }
let ready_bytes_max = 262_144

let add_ready c answer =
  c.ready <- answer :: c.ready;
  c.ready_bytes <- c.ready_bytes + Cstruct.length answer

let rec serve_requests c =
  match Http_input.request c.input with
  | Complete (request, _) -> serve_request c request
  | Malformed refusal -> send_error c refusal
  | Incomplete -> (
      match Http_input.too_long c.input with
      | Some refusal -> send_error c refusal
      | None ->
          flush c >>= fun () ->
          Http_input.more c.input >>= fun received ->
          if received then serve_requests c else Lwt.return Close_gracefully)

and serve_request c request =
  match Http_site.ready_page c.site request with
  | Some page ->
      add_ready c (Http_response.ready page request);
      if not request.keep_alive then flush c >|= fun () -> Close_gracefully
      else if c.ready_bytes < ready_bytes_max then serve_requests c
      else flush c >>= fun () -> serve_requests c
  | None when is_too_large c request -> send_error c too_large
  | None -> (
      respond c request >>= function
      | Keep_alive -> serve_requests c
      | Stop ending -> Lwt.return ending)

(* {1 The whole} *)

let stopped_by_guard c =
  Guard.stop_reason c.client >|= function
  | Close -> Close_gracefully
  | Time_out -> time_out c
  | Reset -> Abort

let finish c = function
  | Abort -> Lwt.fail Mirage_flow_abort.Abort
  | Close_gracefully ->
      enter c Closing;
      let timed_out = Guard.stop_reason c.client >>= fun _ -> Lwt.fail Mirage_flow_abort.Abort in
      Lwt.choose [ c.peer.close (); timed_out ]

let serve guard site peer =
  match Guard.admit guard with
  | None -> Lwt.fail Mirage_flow_abort.Abort
  | Some client ->
      let c = connection guard site peer client in
      let served =
        Lwt.catch
          (fun () -> serve_requests c)
          (function Http_site.Connection_lost -> Lwt.return Close_gracefully | exn -> Lwt.fail exn)
      in
      Lwt.finalize
        (fun () -> Lwt.choose [ served; stopped_by_guard c ] >>= finish c)
        (fun () ->
           Guard.remove guard client;
           Lwt.return_unit)
