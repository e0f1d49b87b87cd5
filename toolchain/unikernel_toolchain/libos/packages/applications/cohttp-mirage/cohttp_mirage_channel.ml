(** What cohttp needs of a channel: less than {!Mirage_channel.S} has. *)

module type S = sig
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
