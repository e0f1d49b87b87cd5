(** Byte flows (MirageOS 3.9, mirage-flow 2.0). *)

type write_error = [ `Closed  (** the writing side is closed *) ]

val pp_write_error : write_error Fmt.t

type 'a or_eof = [ `Data of 'a | `Eof ]

val pp_or_eof : 'a Fmt.t -> 'a or_eof Fmt.t

module type S = sig
  type error

  val pp_error : error Fmt.t

  type nonrec write_error = private [> write_error ]

  val pp_write_error : write_error Fmt.t

  type flow

  val read : flow -> (Cstruct.t or_eof, error) result Lwt.t
  (** Waits for data and gives at least one byte; [`Eof] once the peer has closed
      and everything sent was read. *)

  val write : flow -> Cstruct.t -> (unit, write_error) result Lwt.t
  (** [Ok ()] when the data is accepted. The buffer may not be used again. *)

  val writev : flow -> Cstruct.t list -> (unit, write_error) result Lwt.t
  (** As {!write}, of several buffers in order. *)

  val close : flow -> unit Lwt.t
  (** Sends what is pending, tells the peer, awaits its close, frees the flow. *)
end

type stats = {
  read_bytes : int64;
  read_ops : int64;
  write_bytes : int64;
  write_ops : int64;
  duration : int64;  (** nanoseconds *)
}

val pp_stats : stats Fmt.t
(** Counts, the duration in seconds and the rates in bytes per second. *)
