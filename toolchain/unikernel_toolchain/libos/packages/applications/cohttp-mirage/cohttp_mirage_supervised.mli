(** A connection that cohttp serves, under the limits of the HTTP server in the
    box: cohttp itself waits for a peer for ever. *)

module Make (Flow : Mirage_flow.S) : sig
  module Channel : Cohttp_mirage_channel.S with type flow = Flow.flow

  val serve : (Flow.flow -> Channel.t -> unit Lwt.t) -> Flow.flow -> unit Lwt.t
  (** Serves a connection with this function, and closes it. The limits are
      {!Http_limits.default}'s, of all connections of this module together: a peer
      is let go that is silent for too long between requests, in a header or in a
      body, or does not take the answer; so is one whose header, or line of a
      chunk, is too long. What is read after the answer has begun, as by a
      protocol that the connection was handed over to, has no limit of time.

      May end with {!Mirage_flow_abort.Abort}. *)
end
