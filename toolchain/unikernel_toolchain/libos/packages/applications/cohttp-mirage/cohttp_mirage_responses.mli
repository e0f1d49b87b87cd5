(** The channel over which cohttp's client has its answers: whole ones only, or
    an exception (RFC 9112, section 8), and none that are provisional (RFC 9110,
    section 15.2), which cohttp would take for the final one. *)

include Cohttp_mirage_channel.S with type flow = Conduit_mirage.Flow.flow

val create : Conduit_mirage.Flow.flow -> t
(** Reading fails with [Failure] for an answer that breaks off, whose body has an
    impossible length or chunks, or whose header is too long. *)

val close : t -> (unit, write_error) result Lwt.t
