(** Ethernet over a network interface. *)

module Make (N : Mirage_net.S) : sig
  include Mirage_protocols.ETHERNET

  val connect : N.t -> t Lwt.t
end
