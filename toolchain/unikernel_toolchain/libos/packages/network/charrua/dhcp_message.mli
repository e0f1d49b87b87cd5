(** DHCP packets (RFC 2131), from Ethernet frame to options: what {!Dhcp_wire} is
    without the accessors of single options, which are long to link and to start. *)

open Dhcp_option
open Dhcp_enum

val client_id_to_string : client_id -> string

val dhcp_option_to_string : dhcp_option -> string
(** Name and octets. *)

val buf_of_options : Cstruct.t -> dhcp_option list -> Cstruct.t
(** Writes the options and an [End], and returns the rest of the buffer.
    @raise Invalid_argument when they do not fit. *)

val options_of_buf : Cstruct.t -> int -> dhcp_option list
(** The options in the first bytes of the buffer, so many, without those that are
    malformed. *)

type pkt = {
  srcmac : Macaddr.t;
  dstmac : Macaddr.t;
  srcip : Ipaddr.V4.t;
  dstip : Ipaddr.V4.t;
  srcport : int;
  dstport : int;
  op : op;
  htype : htype;
  hlen : int;
  hops : int;
  xid : int32;
  secs : int;
  flags : flags;
  ciaddr : Ipaddr.V4.t;
  yiaddr : Ipaddr.V4.t;
  siaddr : Ipaddr.V4.t;
  giaddr : Ipaddr.V4.t;
  chaddr : Macaddr.t;
  sname : string;
  file : string;
  options : dhcp_option list;
}

val pkt_of_buf : Cstruct.t -> int -> (pkt, string) result
(** From an Ethernet frame of so many bytes. *)

val buf_of_pkt : pkt -> Cstruct.t

val pkt_into_buf : pkt -> Cstruct.t -> int
(** The number of bytes written.
    @raise Invalid_argument when the packet does not fit. *)

val client_id_of_pkt : pkt -> client_id
(** Its option, or else the hardware address. *)

val pkt_to_string : pkt -> string

val is_dhcp : Cstruct.t -> int -> bool
(** Whether this Ethernet frame carries UDP to or from the ports of DHCP. *)
