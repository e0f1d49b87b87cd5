(** A channel whose peer cannot fill the memory with a line that does not end, or
    with lines without number: cohttp keeps a header of any length. *)

module Make (Flow : Mirage_flow.S) : sig
  include Cohttp_mirage_channel.S with type flow = Flow.flow

  val create : on_too_long:(Flow.flow -> exn) -> Flow.flow -> t
  (** What comes before an empty line, or before bytes that are read otherwise,
      may have {!Http_limits.default}'s [header_bytes]; then reading fails with
      what [on_too_long] returns, and after that finds the end of the stream. *)

  val close : t -> (unit, write_error) result Lwt.t
  (** Flushes, then closes the flow. *)

  val to_flow : t -> flow
end
