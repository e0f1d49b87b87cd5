(** ICMP of a network that may have no IPv4. *)

module type IP = sig
  type t

  module V4 : Mirage_protocols.IPV4

  val v4 : t -> V4.t option
end

module Make (Ip : IP) : sig
  include Mirage_protocols.ICMPV4

  val connect : Ip.t -> t Lwt.t
end
