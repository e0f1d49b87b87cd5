(** What tests of DHCP start from: one server and one host on a segment, in virtual time. *)

module Time = Virtual_time.Time
module Server = Dhcp_played_server
module Ip = Dhcp_host.Ip

val ip : string -> Ipaddr.V4.t
val seconds : int -> int64

val address : Ipaddr.V4.t
(** The one that the server offers. *)

val scene : ?seconds:int -> (Virtual_net.segment -> Server.t -> unit Lwt.t) -> unit -> unit
(** Run a program with a server on a new segment, for so long at most. *)

val count_of : Server.t -> Dhcp_wire.msgtype -> int
(** How many messages of a type the server has got. *)

val has : Ip.t -> Ipaddr.V4.t list -> unit
(** Fail unless the host has these addresses. *)

val answers : Virtual_net.segment -> Server.t -> Ipaddr.V4.t -> bool Lwt.t
(** Whether the host at an address answers somebody on its link. *)

val serves : Virtual_net.segment -> Server.t -> unit Lwt.t
(** Fail unless the host answers at {!address}. *)

val asks_for : Virtual_net.segment -> Ip.t -> Ipaddr.V4.t -> Ipaddr.V4.t list Lwt.t
(** The next hops for a destination, by what the host asks for by ARP. *)

val nak : Server.t -> Dhcp_wire.pkt -> Cstruct.t list
(** The server's refusal. *)
