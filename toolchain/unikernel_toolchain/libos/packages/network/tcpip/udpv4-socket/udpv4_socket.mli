(** UDP over sockets, under MirageOS 3.9's name; it is that of a stack, since a sandboxed process
    opens no sockets. *)

module Make (S : Mirage_stack.V4) : sig
  include Mirage_protocols.UDPV4 with type t = S.UDPV4.t

  val connect : Ipaddr.V4.t option -> S.t -> t Lwt.t
  (** Fails with [Failure] when the stack does not have this address. *)
end
