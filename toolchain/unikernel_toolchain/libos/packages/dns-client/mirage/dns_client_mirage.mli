(** A client of DNS resolvers on a stack, over UDP or TCP. *)

val max_ports : int
(** UDP ports that one client binds at most, each chosen at random. *)

module Make
    (_ : Mirage_random.S)
    (_ : Mirage_time.S)
    (_ : Mirage_clock.MCLOCK)
    (S : Mirage_stack.V4) : sig
  module Transport :
    Dns_client.S
      with type io_addr = Ipaddr.V4.t * int
       and type 'a io = 'a Lwt.t
       and type stack = S.t

  include module type of Dns_client.Make (Transport)

  val create :
    ?size:int -> ?nameserver:Transport.ns_addr -> ?timeout:int64 -> S.t -> t
end
