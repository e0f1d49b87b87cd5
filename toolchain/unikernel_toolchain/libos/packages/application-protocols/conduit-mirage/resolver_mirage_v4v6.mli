(** {!Resolver_mirage} on a stack of both families. *)

module Make_with_stack
    (_ : Mirage_random.S)
    (_ : Mirage_time.S)
    (_ : Mirage_clock.MCLOCK)
    (S : Mirage_stack.V4V6) : sig
  include Resolver_lwt.S with type t = Resolver_lwt.t

  module R : sig
    val register : ?ns:Ipaddr.t -> ?ns_port:int -> ?stack:S.t -> Resolver_lwt.t -> unit
    (** Has the resolver know "localhost", and with a stack all hosts, by their
        addresses or from the DNS server [ns] over TCP; without [ns], as
        {!Dns_client_mirage} does. Both families are asked for at once, as far as
        the stack has an address of them; the endpoint has the first address,
        and {!Conduit_mirage_v4v6} knows the others. *)

    val init : ?ns:Ipaddr.t -> ?ns_port:int -> ?stack:S.t -> unit -> t
  end
end
