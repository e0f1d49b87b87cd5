(* cohttp reads lines of any length: a limit on the bytes that a header may take stands
   below it, in a flow that counts what was received while lines were read. *)

open Lwt.Infix

module Make (Flow : Mirage_flow.S) = struct
  module Counted = struct
    type flow = {
      flow : Flow.flow;
      limit : int;
      on_too_long : Flow.flow -> exn;
      mutable in_lines : bool;
      mutable line_bytes : int;  (** received since lines were read *)
      mutable is_ended : bool;
    }

    type error = Flow.error
    type write_error = Flow.write_error

    let pp_error = Flow.pp_error
    let pp_write_error = Flow.pp_write_error

    let read c =
      if c.is_ended then Lwt.return (Ok `Eof)
      else if c.in_lines && c.line_bytes >= c.limit then (
        c.is_ended <- true;
        Lwt.fail (c.on_too_long c.flow))
      else
        Flow.read c.flow >|= fun read ->
        (match read with
         | Ok (`Data data) -> c.line_bytes <- c.line_bytes + Cstruct.length data
         | Ok `Eof | Error _ -> ());
        read

    (* Whoever answers, or asks anew, reads another header next. *)
    let writev c buffers =
      c.in_lines <- false;
      Flow.writev c.flow buffers

    let write c buffer = writev c [ buffer ]
    let close c = Flow.close c.flow
  end

  module Buffered = Mirage_channel.Make (Counted)
  include Buffered

  type flow = Flow.flow

  let counted = Buffered.to_flow
  let to_flow t = (counted t).flow

  let create ~on_too_long flow =
    let { Http_limits.header_bytes = limit; _ } = Http_limits.default () in
    Buffered.create { flow; limit; on_too_long; in_lines = false; line_bytes = 0; is_ended = false }

  let read_line t =
    let c = counted t in
    if not c.in_lines then (
      c.in_lines <- true;
      c.line_bytes <- 0);
    Buffered.read_line t >|= fun line ->
    (match line with
     | Ok (`Data pieces) when Cstruct.lenv pieces = 0 -> c.in_lines <- false
     | Ok (`Data _ | `Eof) | Error _ -> ());
    line

  let read_some ?len t =
    (counted t).in_lines <- false;
    Buffered.read_some ?len t
end
