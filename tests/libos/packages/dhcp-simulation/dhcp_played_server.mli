(** A station that plays a DHCP server, and the other stations of its link. *)

open Dhcp_wire

type t = {
  net : Virtual_net.t;
  mutable offered : Ipaddr.V4.t;
  mutable lease_s : int32;
  mutable extra : dhcp_option list;  (** besides type, server, and lease *)
  mutable reply : t -> pkt -> msgtype -> Cstruct.t list;  (** frames, sent at once *)
  mutable heard : (int64 * pkt * msgtype) list;  (** latest first *)
}

val ip : Ipaddr.V4.t
(** 10.9.0.1 *)

val mac : Macaddr.t

val usual : dhcp_option list
(** A mask of 24 bits and the server as router. *)

val answer : t -> pkt -> msgtype -> pkt
val good : t -> pkt -> msgtype -> Cstruct.t list
(** What a good server replies. *)

val start : Virtual_net.segment -> t Lwt.t
(** Offers 10.9.0.77 for 600 seconds. *)

val arp : ?mac:Macaddr.t -> ?target:Ipaddr.V4.t -> Arp_packet.op -> Ipaddr.V4.t -> Cstruct.t
(** A frame in which the address is the sender's. *)

val datagram : Ipaddr.V4.t -> Cstruct.t
(** A frame from the server to the echo service at this address. *)

val is_dhcp : Cstruct.t -> bool
val arp_of : Cstruct.t -> Arp_packet.t option
val source : Cstruct.t -> Ipaddr.V4.t option
(** In whose name a frame is sent: of IPv4 and ARP. *)
