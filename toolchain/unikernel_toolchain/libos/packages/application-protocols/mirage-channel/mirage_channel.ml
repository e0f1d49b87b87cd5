(* Reading hands out views of what the flow gave, without a copy. Small writes are copied
   into chunks, large buffers queued as they are; [flush] writes all at once. *)

open Lwt.Infix

module type S = sig
  type error

  val pp_error : error Fmt.t

  type write_error = private [> Mirage_flow.write_error ]

  val pp_write_error : write_error Fmt.t

  type flow
  type t

  val create : flow -> t
  val to_flow : t -> flow
  val read_char : t -> (char Mirage_flow.or_eof, error) result Lwt.t

  val read_some :
    ?len:int -> t -> (Cstruct.t Mirage_flow.or_eof, error) result Lwt.t

  val read_exactly :
    len:int -> t -> (Cstruct.t list Mirage_flow.or_eof, error) result Lwt.t

  val read_line : t -> (Cstruct.t list Mirage_flow.or_eof, error) result Lwt.t
  val write_char : t -> char -> unit
  val write_string : t -> string -> int -> int -> unit
  val write_buffer : t -> Cstruct.t -> unit
  val write_line : t -> string -> unit
  val flush : t -> (unit, write_error) result Lwt.t
  val close : t -> (unit, write_error) result Lwt.t
end

let chunk_bytes = 4096

module Make (F : Mirage_flow.S) = struct
  type error = F.error

  let pp_error = F.pp_error

  type write_error = F.write_error

  let pp_write_error = F.pp_write_error

  type flow = F.flow

  type t = {
    flow : flow;
    mutable input : Cstruct.t;  (** read from the flow, not yet taken *)
    mutable output : Cstruct.t list;  (** newest first *)
    mutable open_ : Cstruct.t;  (** free rest of the newest chunk of ours *)
    mutable filled : int;  (** bytes in the chunk before [open_], unqueued *)
    mutable chunk : Cstruct.t;
  }

  let create flow =
    let none = Cstruct.empty in
    { flow; input = none; output = []; open_ = none; filled = 0; chunk = none }

  let to_flow t = t.flow

  (* {2 Reading} *)

  let rec refill t =
    if not (Cstruct.is_empty t.input) then Lwt.return (Ok (`Data ()))
    else
      F.read t.flow >>= function
      | Ok (`Data buffer) ->
          t.input <- buffer;
          refill t
      | Ok `Eof -> Lwt.return (Ok `Eof)
      | Error e -> Lwt.return (Error e)

  let take t n =
    let taken, rest = Cstruct.split t.input n in
    t.input <- rest;
    taken

  let reading t use =
    refill t >>= function
    | Ok (`Data ()) -> use ()
    | Ok `Eof -> Lwt.return (Ok `Eof)
    | Error e -> Lwt.return (Error e)

  let read_some ?len t =
    reading t @@ fun () ->
    let ready = Cstruct.length t.input in
    let n = Option.fold len ~none:ready ~some:(Int.min ready) in
    Lwt.return (Ok (`Data (take t n)))

  let read_char t =
    reading t @@ fun () ->
    Lwt.return (Ok (`Data (Cstruct.get_char (take t 1) 0)))

  let read_exactly ~len t =
    let rec more missing pieces =
      if missing = 0 then Lwt.return (Ok (`Data (List.rev pieces)))
      else
        reading t @@ fun () ->
        let piece = take t (Int.min missing (Cstruct.length t.input)) in
        more (missing - Cstruct.length piece) (piece :: pieces)
    in
    more len []

  let index_of_lf view =
    let n = Cstruct.length view in
    let rec at i =
      if i = n then None
      else if Char.equal (Cstruct.get_char view i) '\n' then Some i
      else at (i + 1)
    in
    at 0

  (* [pieces] newest first; an empty one cannot hold the CR. *)
  let rec without_cr = function
    | [] -> []
    | piece :: rest when Cstruct.is_empty piece -> without_cr rest
    | piece :: rest ->
        let last = Cstruct.length piece - 1 in
        if Char.equal (Cstruct.get_char piece last) '\r' then
          Cstruct.sub piece 0 last :: rest
        else piece :: rest

  let read_line t =
    let rec more pieces =
      refill t >>= function
      | Error e -> Lwt.return (Error e)
      | Ok `Eof when pieces = [] -> Lwt.return (Ok `Eof)
      | Ok `Eof -> Lwt.return (Ok (`Data (List.rev pieces)))
      | Ok (`Data ()) -> (
          match index_of_lf t.input with
          | None -> more (take t (Cstruct.length t.input) :: pieces)
          | Some i ->
              let piece = take t i in
              t.input <- Cstruct.shift t.input 1;
              Lwt.return (Ok (`Data (List.rev (without_cr (piece :: pieces))))))
    in
    more []

  (* {2 Writing: small writes are joined in chunks of ours} *)

  let queue_chunk t =
    if t.filled > 0 then begin
      t.output <- Cstruct.sub t.chunk 0 t.filled :: t.output;
      t.chunk <- t.open_;
      t.filled <- 0
    end

  let rec write_string t text offset length =
    if length > 0 then begin
      if Cstruct.is_empty t.open_ then begin
        queue_chunk t;
        t.chunk <- Cstruct.create_unsafe chunk_bytes;
        t.open_ <- t.chunk
      end;
      let n = Int.min length (Cstruct.length t.open_) in
      Cstruct.blit_from_string text offset t.open_ 0 n;
      t.open_ <- Cstruct.shift t.open_ n;
      t.filled <- t.filled + n;
      write_string t text (offset + n) (length - n)
    end

  let write_char t c = write_string t (String.make 1 c) 0 1

  let write_line t line =
    write_string t line 0 (String.length line);
    write_char t '\n'

  let write_buffer t buffer =
    queue_chunk t;
    t.output <- buffer :: t.output

  let flush t =
    queue_chunk t;
    let buffers = List.rev t.output in
    t.output <- [];
    if buffers = [] then Lwt.return (Ok ()) else F.writev t.flow buffers

  let close t =
    flush t >>= fun flushed ->
    F.close t.flow >|= fun () -> flushed
end
