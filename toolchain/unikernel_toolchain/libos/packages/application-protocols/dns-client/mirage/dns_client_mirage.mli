(** A client of DNS resolvers on a stack, over UDP or TCP.

    Without a name server of its own, a client asks those that the networks tell
    of ({!Name_servers}), as they are at each question: the next when one does not
    answer, and those that have fallen silent last. When none is told of, it asks
    {!default}. *)

val max_ports : int
(** UDP ports that one client binds at most, each chosen at random. *)

val max_questions : int
(** Questions that one client asks at a time; beyond, they fail. *)

val default : Ipaddr.V4.t

(** What is needed of a stack. *)
module type STACK = sig
  type t
  type ipaddr

  module UDP : Mirage_protocols.UDP with type ipaddr = ipaddr
  module TCP : Mirage_protocols.TCP with type ipaddr = ipaddr

  val udp : t -> UDP.t
  val tcp : t -> TCP.t
  val listen_udp : t -> port:int -> UDP.callback -> unit
  val compare : ipaddr -> ipaddr -> int

  val octets : ipaddr -> string
  (** As in a packet. *)

  val reachable : t -> Ipaddr.t -> ipaddr option
  (** [None] where it has no way to: of another family, or without an address. *)

  val default : ipaddr
end

module Make_over
    (_ : Mirage_random.S)
    (_ : Mirage_time.S)
    (_ : Mirage_clock.MCLOCK)
    (S : STACK) : sig
  module Transport :
    Dns_client.Servers
    with type io_addr = S.ipaddr * int
     and type 'a io = 'a Lwt.t
     and type stack = S.t

  include module type of Dns_client.Make_over (Transport)

  val create :
    ?size:int -> ?nameserver:Transport.ns_addr -> ?timeout:int64 -> S.t -> t
end

module Make
    (_ : Mirage_random.S)
    (_ : Mirage_time.S)
    (_ : Mirage_clock.MCLOCK)
    (S : Mirage_stack.V4) : sig
  module Transport :
    Dns_client.Servers
    with type io_addr = Ipaddr.V4.t * int
     and type 'a io = 'a Lwt.t
     and type stack = S.t

  include module type of Dns_client.Make_over (Transport)

  val create :
    ?size:int -> ?nameserver:Transport.ns_addr -> ?timeout:int64 -> S.t -> t
end
