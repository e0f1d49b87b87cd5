(** The messages of a control connection, and the cookie before a stream. *)

type failure = string
(** A sentence: why the peer's message cannot be had. *)

module Make (Flow : Mirage_flow.S) : sig
  type t

  val create : Flow.flow -> t
  val flow : t -> Flow.flow

  val bytes : t -> int -> (Cstruct.t, failure) result Lwt.t
  (** Exactly so many bytes. *)

  val rest : t -> Cstruct.t
  (** What was read beyond the last message. *)

  val state : t -> (Iperf3_protocol.state, failure) result Lwt.t
  val json : t -> (Iperf3_json.t, failure) result Lwt.t
  (** At most 64 KiB of it. *)

  val cookie : t -> (string, failure) result Lwt.t
  val send_state : t -> Iperf3_protocol.state -> (unit, failure) result Lwt.t
  val send_json : t -> Iperf3_json.t -> (unit, failure) result Lwt.t
  val send_cookie : t -> string -> (unit, failure) result Lwt.t
  val close : t -> unit
  (** In the background. *)
end
