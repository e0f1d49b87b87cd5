(* The server's side: the guard of our HTTP server below cohttp's, which knows no
   timeouts. What the application is waiting for follows from what it reads and writes. *)

open Lwt.Infix
module Guard = Http_guard
module Framing = Cohttp_mirage_framing

let piece_bytes = 65_536

module Make (Flow : Mirage_flow.S) = struct
  (* What the application waits for when it reads: a header, a body or, once it
     has answered, something of its own. *)
  type section = Header | Body | Response

  module Supervised = struct
    type flow = {
      flow : Flow.flow;
      guard : Guard.t;
      client : Guard.client;
      framing : Framing.t;
      mutable section : section;
      mutable has_begun : bool;  (** some of the header is here *)
    }

    type error = Flow.error
    type write_error = [ Mirage_flow.write_error | `Flow of Flow.write_error ]

    let pp_error = Flow.pp_error

    let pp_write_error ppf = function
      | #Mirage_flow.write_error as e -> Mirage_flow.pp_write_error ppf e
      | `Flow e -> Flow.pp_write_error ppf e

    let is_stopped w = Guard.is_stopped w.client
    let enter w phase = if not (is_stopped w) then Guard.enter w.guard w.client phase

    (* A header's limit is for all of it, so its phase begins once. *)
    let enter_phase w =
      match w.section with
      | Header when not w.has_begun -> enter w Idle
      | Header when Guard.phase w.client <> Header -> enter w Header
      | Header -> ()
      | Body -> enter w Body
      | Response -> enter w Busy

    let data_received w data =
      if w.section = Header then w.has_begun <- true
      else (
        Guard.body_came w.client (Cstruct.length data);
        enter w Busy)

    let read w =
      if is_stopped w then Lwt.return (Ok `Eof)
      else (
        enter_phase w;
        Flow.read w.flow >|= fun read ->
        match read with
        | Ok (`Data _) when is_stopped w -> Ok `Eof
        | Ok (`Data data) ->
            data_received w data;
            read
        | Ok `Eof | Error _ -> read)

    let sent = function
      | Ok () -> Ok ()
      | Error `Closed -> Error `Closed
      | Error e -> Error (`Flow e)

    let write_once w buffers =
      if is_stopped w then Lwt.return (Error `Closed)
      else (
        enter w Writing;
        Flow.writev w.flow buffers >|= fun written ->
        enter w Busy;
        sent written)

    (* In pieces, so that it shows whether the peer takes them. *)
    let rec write_pieces w = function
      | [] -> Lwt.return (Ok ())
      | buffer :: rest -> (
          let piece, more = Cstruct.split buffer (Int.min piece_bytes (Cstruct.length buffer)) in
          write_once w [ piece ] >>= function
          | Ok () -> write_pieces w (if Cstruct.is_empty more then rest else more :: rest)
          | Error _ as e -> Lwt.return e)

    let writev w buffers =
      w.section <- Response;
      if Cstruct.lenv buffers <= 2 * piece_bytes then write_once w buffers
      else write_pieces w buffers

    let write w buffer = writev w [ buffer ]
    let close w = Flow.close w.flow
  end

  module Lines = Cohttp_mirage_lines.Make (Supervised)

  module Channel = struct
    include Lines

    type flow = Flow.flow

    let header_begins (w : Supervised.flow) =
      w.section <- Header;
      w.has_begun <- false;
      Framing.next w.framing

    let header_ends (w : Supervised.flow) =
      w.section <- Body;
      Guard.body_begins w.client;
      Supervised.enter w Busy

    let read_line t =
      let w = Lines.to_flow t in
      if w.section = Response then header_begins w;
      Lines.read_line t >|= fun line ->
      (match line with
       | Ok (`Data pieces) -> Framing.line w.framing (Some (Cstruct.copyv pieces))
       | Ok `Eof -> Framing.line w.framing None
       | Error _ -> ());
      if w.section = Header && not (Framing.is_in_header w.framing) then header_ends w;
      line

    let read_some ?len t =
      Lines.read_some ?len t >|= fun read ->
      (match read with
       | Ok `Eof -> Framing.ended (Lines.to_flow t).framing
       | Ok (`Data _) | Error _ -> ());
      read
  end

  (* {1 Connections} *)

  let guard = lazy (Guard.create (Http_limits.default ()))

  let finish (w : Supervised.flow) = function
    | Guard.Time_out | Reset -> Lwt.fail Mirage_flow_abort.Abort
    | Close ->
        Guard.enter w.guard w.client Closing;
        let timed_out = Guard.stop_reason w.client >>= fun _ -> Lwt.fail Mirage_flow_abort.Abort in
        Lwt.choose [ Flow.close w.flow; timed_out ]

  (* An answer that has begun cannot be taken back, but be broken off. *)
  let answer_malformed channel = function
    | Http_request.Bad_body _ when (Lines.to_flow channel).section = Response ->
        Lwt.fail Mirage_flow_abort.Abort
    | Http_request.Bad_body { status; why } ->
        let response = Http_response.error status why in
        let text =
          match response.body with
          | Whole body -> Cstruct.to_string body
          | Sized _ | Chunked _ -> ""
        in
        let head = Http_response.head response ~is_1_1:true ~keep_alive:false in
        Lines.write_string channel head 0 (String.length head);
        Lines.write_string channel text 0 (String.length text);
        Lwt.return_unit
    | exn -> Lwt.fail exn

  let serve handle flow =
    let guard = Lazy.force guard in
    match Guard.admit guard with
    | None -> Lwt.fail Mirage_flow_abort.Abort
    | Some client ->
        let framing = Framing.create Request in
        let w = { Supervised.flow; guard; client; framing; section = Header; has_begun = false } in
        let channel = Lines.create ~on_too_long:(fun _ -> Mirage_flow_abort.Abort) w in
        let served =
          Lwt.catch (fun () -> handle flow channel) (answer_malformed channel) >>= fun () ->
          Lines.flush channel >|= fun _ -> Guard.Close
        in
        Lwt.finalize
          (fun () -> Lwt.choose [ served; Guard.stop_reason client ] >>= finish w)
          (fun () ->
             Guard.remove guard client;
             Lwt.return_unit)
end
