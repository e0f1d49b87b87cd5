(** cohttp's input and output over a channel. *)

(** What of {!Mirage_channel.S} that takes. *)
module type CHANNEL = sig
  type error

  val pp_error : error Fmt.t

  type write_error = private [> Mirage_flow.write_error ]

  val pp_write_error : write_error Fmt.t

  type flow
  type t

  val read_some : ?len:int -> t -> (Cstruct.t Mirage_flow.or_eof, error) result Lwt.t
  val read_line : t -> (Cstruct.t list Mirage_flow.or_eof, error) result Lwt.t
  val write_string : t -> string -> int -> int -> unit
  val flush : t -> (unit, write_error) result Lwt.t
end

module Make (Channel : CHANNEL) :
  Cohttp_lwt.S.IO
    with type ic = Channel.t
     and type oc = Channel.t
     and type conn = Channel.flow
