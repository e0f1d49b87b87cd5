(** Ports and enumerations of DHCP (RFC 2131). *)

open Dhcp_option

val client_port : int
val server_port : int

type op = BOOTREQUEST | BOOTREPLY

val int_to_op : int -> op option
val int_to_op_exn : int -> op
val op_to_int : op -> int
val string_to_op : string -> op option
val op_to_string : op -> string
val msgtype_to_int : msgtype -> int
val int_to_msgtype : int -> msgtype option
val int_to_msgtype_exn : int -> msgtype
val string_to_msgtype : string -> msgtype option
val msgtype_to_string : msgtype -> string

type htype = Ethernet_10mb | Other
type flags = Broadcast | Unicast
