(** An iperf3 client. *)

module Make (_ : Mirage_time.S) (_ : Mirage_clock.MCLOCK) (S : Mirage_stack.V4) : sig
  val run :
    ?port:int ->
    S.t ->
    Ipaddr.V4.t ->
    Iperf3_protocol.parameters ->
    (unit, string) result Lwt.t
    (** Runs one test against the server at this address and prints what it
        measured. The error is a sentence: no server, a busy one, a lost one. *)
end
