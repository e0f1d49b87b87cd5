(** Names for {!Happy_eyeballs_mirage} from DNS. *)

module Make
    (_ : Mirage_random.S)
    (_ : Mirage_time.S)
    (_ : Mirage_clock.MCLOCK)
    (S : Mirage_stack.V4V6) : sig
  type t

  val create : ?nameserver:[ `TCP | `UDP ] * (Ipaddr.t * int) -> S.t -> t
  (** Without [nameserver], asks as {!Dns_client_mirage} does. *)

  val getaddrinfo : t -> Happy_eyeballs_mirage.getaddrinfo
end
