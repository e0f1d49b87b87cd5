(** What a host knows of its link, and the packets of neighbour discovery that
    it sends. *)

module Fragments : sig
  type key = Ipaddr.V6.t * Ipaddr.V6.t * int32

  include module type of Ip_reassembly.Make (struct
    type t = key

    let compare = compare
  end)
end

type t = {
  mac : Macaddr.t;
  addresses : Ndp_addresses.t;
  routes : Ndp_routes.t;
  cache : Ndp_cache.t;
  timing : Ndp_timing.t;
  hop_limit : int;  (** for packets that ask for no other *)
  fragments : Fragments.t;
  solicit_routers : (int * int64) option;  (** how many times yet, and when *)
}

type output = Macaddr.t * int * (Cstruct.t -> int)
(** To which station, how many bytes, and who writes them. *)

val create : Macaddr.t -> t

val link_local : Macaddr.t -> Ipaddr.V6.t
val interface_address : Ipaddr.V6.Prefix.t -> Macaddr.t -> Ipaddr.V6.t
(** With the modified EUI-64 (RFC 4291, appendix A) behind a prefix of 64
    bits. *)

val solicited_node : Ipaddr.V6.t -> Ipaddr.V6.t
val mac_of_multicast : Ipaddr.V6.t -> Macaddr.t
(** RFC 2464, section 7. *)

val accepts : t -> Ipaddr.V6.t -> bool
(** Whether packets to this address are for us. *)

val output : Macaddr.t -> Cstruct.t -> output
(** A whole packet. *)

val icmp :
  ?hop_limit:int -> src:Ipaddr.V6.t -> dst:Ipaddr.V6.t -> Icmpv6_packet.t -> Cstruct.t
(** A whole packet; the hop limit is 255 by default. *)

val ask : t -> now:int64 -> ?station:Macaddr.t -> Ipaddr.V6.t -> output
(** Who has this address? All are asked, or the station. *)

val ask_routers : t -> now:int64 -> output

val announce : t -> Ipaddr.V6.t -> output list
(** Of a new address of ours: joins its group (RFC 3810) and asks whether
    somebody has it (RFC 4862, section 5.4). *)

val advertise :
  t -> now:int64 -> dst:Ipaddr.V6.t -> Macaddr.t -> Ipaddr.V6.t -> output
(** Tells a station, or all, that we have this address. *)

val all_nodes : Ipaddr.V6.t
