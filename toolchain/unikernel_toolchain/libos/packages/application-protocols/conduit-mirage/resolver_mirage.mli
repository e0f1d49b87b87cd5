(** Hosts by name, in a unikernel (conduit 2.2). *)

val static : (string, port:int -> Conduit.endp) Hashtbl.t -> Resolver_lwt.t
(** The hosts of a table, and no others. *)

val localhost : Resolver_lwt.t
(** Knows "localhost", which is 127.0.0.1. *)

val default_port : int

val with_tls : Resolver.service -> Uri.t -> Conduit.endp -> Conduit.endp
(** On TLS, where the service is. *)

val rewrite_local : Resolver_lwt.rewrite_fn
(** Gives 127.0.0.1. *)

module Make_with_stack
    (_ : Mirage_random.S)
    (_ : Mirage_time.S)
    (_ : Mirage_clock.MCLOCK)
    (S : Mirage_stack.V4) : sig
  include Resolver_lwt.S with type t = Resolver_lwt.t

  module R : sig
    val register :
      ?ns:Ipaddr.V4.t -> ?ns_port:int -> ?stack:S.t -> Resolver_lwt.t -> unit
    (** Has the resolver know "localhost", and with a stack all hosts, by their
        addresses or from the DNS server [ns] over TCP; without [ns], as
        {!Dns_client_mirage} does. *)

    val init : ?ns:Ipaddr.V4.t -> ?ns_port:int -> ?stack:S.t -> unit -> t
    (** A new resolver with that. *)
  end
end
