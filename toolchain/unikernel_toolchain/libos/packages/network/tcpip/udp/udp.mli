(** UDP over any IP. *)

module Make (IP : Mirage_protocols.IP) (_ : Mirage_random.S) : sig
  include
    Mirage_protocols.UDP
    with type ipaddr = IP.ipaddr
     and type ipinput = src:IP.ipaddr -> dst:IP.ipaddr -> Cstruct.t -> unit Lwt.t

  val connect : IP.t -> t Lwt.t
end
