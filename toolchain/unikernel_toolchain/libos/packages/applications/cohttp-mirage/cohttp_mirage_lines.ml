open Lwt.Infix

module Make (Flow : Mirage_flow.S) = struct
  module Counted = struct
    type flow = {
      flow : Flow.flow;
      limit : int;
      give_up : Flow.flow -> exn;
      mutable in_lines : bool;
      mutable line_bytes : int;  (** received since lines were read *)
      mutable is_over : bool;
    }

    type error = Flow.error
    type write_error = Flow.write_error

    let pp_error = Flow.pp_error
    let pp_write_error = Flow.pp_write_error

    let read c =
      if c.is_over then Lwt.return (Ok `Eof)
      else if c.in_lines && c.line_bytes >= c.limit then (
        c.is_over <- true;
        Lwt.fail (c.give_up c.flow))
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

  let create ~give_up flow =
    let { Http_limits.header_bytes = limit; _ } = Http_limits.default () in
    Buffered.create { flow; limit; give_up; in_lines = false; line_bytes = 0; is_over = false }

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
