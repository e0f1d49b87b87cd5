(** The stack over sockets, under MirageOS 3.9's name; it is another stack with its addresses
    checked, since a sandboxed process opens no sockets. *)

module Make (S : Mirage_stack.V4) : sig
  include
    Mirage_stack.V4
    with type t = S.t
     and module UDPV4 = S.UDPV4
     and module TCPV4 = S.TCPV4
     and module IPV4 = S.IPV4

  val connect : Ipaddr.V4.t list -> S.t -> t Lwt.t
  (** Fails with [Failure] when the stack does not have one of these addresses. *)
end
