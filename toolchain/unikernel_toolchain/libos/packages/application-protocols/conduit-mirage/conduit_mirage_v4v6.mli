(** {!Conduit_mirage} on a stack of both families: a host that
    {!Resolver_mirage_v4v6} has resolved is reached by whichever of its addresses
    answers (RFC 8305). *)

module With_tcp
    (_ : Mirage_time.S)
    (_ : Mirage_clock.MCLOCK)
    (S : Mirage_stack.V4V6) : sig
  val connect : S.t -> Conduit_mirage.t -> Conduit_mirage.t Lwt.t
end
