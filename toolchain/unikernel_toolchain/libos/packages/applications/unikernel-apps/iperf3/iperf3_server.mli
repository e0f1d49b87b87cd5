(** An iperf3 server: it serves one test at a time and refuses others meanwhile. *)

module Make (_ : Mirage_time.S) (_ : Mirage_clock.MCLOCK) (S : Mirage_stack.V4) : sig
  val serve : ?port:int -> S.t -> unit Lwt.t
  (** Serves TCP and UDP, both directions, any number of streams, on [port]
      (5201), until the stack ends; prints what each test measured. *)
end
