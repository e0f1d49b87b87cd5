(** TCP for Lwt programs: drives {!Tcp_endpoint} with a clock, timers and an IP
    layer. Segments that arrive in one turn of the event loop are answered
    together at its end. *)

type error =
  [ Mirage_protocols.Tcp.error
  | `Reset  (** by the peer *)
  | `Unreachable of string  (** why nothing can be sent there *) ]

type write_error = [ error | Mirage_flow.write_error ]

module Make
    (IP : Mirage_protocols.IP)
    (_ : Mirage_time.S)
    (_ : Mirage_clock.MCLOCK)
    (_ : Mirage_random.S) : sig
  include
    Mirage_protocols.TCP
    with type ipaddr = IP.ipaddr
     and type ipinput =
           src:IP.ipaddr -> dst:IP.ipaddr -> Cstruct.t -> unit Lwt.t
     and type error = error
     and type write_error = write_error

  val connect : IP.t -> t Lwt.t
  (** With limits by the memory there is ({!Tcp_config.of_memory}). *)

  val connect_with : ?mtu:(IP.ipaddr -> int) -> Tcp_config.t -> IP.t -> t Lwt.t
  (** With these limits; over an IP whose [mtu] depends on the destination, as that
      of two families does. *)

  (** [create_connection], cancelled, leaves nothing of its connection.

      [close] resolves when the peer has acknowledged all that was written,
      and the end, or has had its time to; reading may go on. Once a listener's
      program has ended, closed its flow and left nobody reading it, what the
      peer still sends gets a reset: {!Tcp_connection.abandon}.

      [write] takes the data once there is room, and resolves when there is room
      for more, so that what its caller makes next is not made too early.
      [write_nodelay] sends it without waiting for more to go with it.

      After a reset, or when keepalive or retransmission gave up, [read] gives
      what had arrived in order, then [`Eof]; [write] gives [`Closed]. *)
end
