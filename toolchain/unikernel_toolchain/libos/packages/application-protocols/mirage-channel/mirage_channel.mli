(** Buffered reading and writing over a flow. *)

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
  (** At most [len] bytes, in one view. *)

  val read_exactly :
    len:int -> t -> (Cstruct.t list Mirage_flow.or_eof, error) result Lwt.t
  (** Exactly [len] bytes in pieces, or the end of the stream. *)

  val read_line : t -> (Cstruct.t list Mirage_flow.or_eof, error) result Lwt.t
  (** One line in pieces, without its LF or CRLF. The end of the stream also
      ends a line. *)

  val write_char : t -> char -> unit
  val write_string : t -> string -> int -> int -> unit

  val write_buffer : t -> Cstruct.t -> unit
  (** Hands the buffer over. *)

  val write_line : t -> string -> unit

  val flush : t -> (unit, write_error) result Lwt.t
  (** Sends what the [write_…] functions collected. *)

  val close : t -> (unit, write_error) result Lwt.t
  (** Flushes, then closes the flow. *)
end

module Make (F : Mirage_flow.S) : S with type flow = F.flow
