(** {!Dns_client_mirage} on a stack of both families: it asks servers of either,
    as far as the stack has an address to ask from. *)

module Make
    (_ : Mirage_random.S)
    (_ : Mirage_time.S)
    (_ : Mirage_clock.MCLOCK)
    (S : Mirage_stack.V4V6) : sig
  module Transport :
    Dns_client.Servers
    with type io_addr = Ipaddr.t * int
     and type 'a io = 'a Lwt.t
     and type stack = S.t

  include module type of Dns_client.Make_over (Transport)

  val create :
    ?size:int -> ?nameserver:Transport.ns_addr -> ?timeout:int64 -> S.t -> t
end
