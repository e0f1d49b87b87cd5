open Lwt.Infix
module Guard = Http_guard

let piece_bytes = 65_536

module Make (Flow : Mirage_flow.S) = struct
  (* What the application waits for when it reads: a header, a body or, once it
     has answered, something of its own. *)
  type section = Header | Body | Own

  module Watched = struct
    type flow = {
      flow : Flow.flow;
      guard : Guard.t;
      client : Guard.client;
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
    let await w =
      match w.section with
      | Header when not w.has_begun -> enter w Idle
      | Header when Guard.phase w.client <> Header -> enter w Header
      | Header -> ()
      | Body -> enter w Body
      | Own -> enter w Busy

    let came w data =
      if w.section = Header then w.has_begun <- true
      else (
        Guard.body_came w.client (Cstruct.length data);
        enter w Busy)

    let read w =
      if is_stopped w then Lwt.return (Ok `Eof)
      else (
        await w;
        Flow.read w.flow >|= fun read ->
        match read with
        | Ok (`Data _) when is_stopped w -> Ok `Eof
        | Ok (`Data data) ->
            came w data;
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
      w.section <- Own;
      if Cstruct.lenv buffers <= 2 * piece_bytes then write_once w buffers
      else write_pieces w buffers

    let write w buffer = writev w [ buffer ]
    let close w = Flow.close w.flow
  end

  module Lines = Cohttp_mirage_lines.Make (Watched)

  module Channel = struct
    include Lines

    type flow = Flow.flow

    let header_begins (w : Watched.flow) =
      w.section <- Header;
      w.has_begun <- false

    let header_ends (w : Watched.flow) =
      w.section <- Body;
      Guard.body_begins w.client;
      Watched.enter w Busy

    let read_line t =
      let w = Lines.to_flow t in
      if w.section = Own then header_begins w;
      Lines.read_line t >|= fun line ->
      (match line with
      | Ok (`Data pieces) when w.section = Header && Cstruct.lenv pieces = 0 -> header_ends w
      | Ok (`Data _ | `Eof) | Error _ -> ());
      line
  end

  (* {1 Connections} *)

  let guard = lazy (Guard.create (Http_limits.default ()))

  let finish (w : Watched.flow) = function
    | Guard.Time_out | Reset -> Lwt.fail Mirage_flow_abort.Abort
    | Close ->
        Guard.enter w.guard w.client Closing;
        let given_up = Guard.verdict w.client >>= fun _ -> Lwt.fail Mirage_flow_abort.Abort in
        Lwt.choose [ Flow.close w.flow; given_up ]

  let serve handle flow =
    let guard = Lazy.force guard in
    match Guard.admit guard with
    | None -> Lwt.fail Mirage_flow_abort.Abort
    | Some client ->
        let w = { Watched.flow; guard; client; section = Header; has_begun = false } in
        let channel = Lines.create ~give_up:(fun _ -> Mirage_flow_abort.Abort) w in
        let served =
          handle flow channel >>= fun () ->
          Lines.flush channel >|= fun _ -> Guard.Close
        in
        Lwt.finalize
          (fun () -> Lwt.choose [ served; Guard.verdict client ] >>= finish w)
          (fun () ->
            Guard.leave guard client;
            Lwt.return_unit)
end
