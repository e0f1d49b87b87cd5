(** The kinds of values in DHCP options (RFC 2132, section 2).

    A reader applies its function to the value that the octets mean, or gives
    [None] when their number or content is wrong. *)

type 'a reader = ('a -> Dhcp_option.dhcp_option) -> string -> Dhcp_option.dhcp_option option

module Read : sig
  val address : Ipaddr.V4.t reader
  val addresses : Ipaddr.V4.t list reader
  val address_pairs : (Ipaddr.V4.t * Ipaddr.V4.t) list reader
  val prefixes : Ipaddr.V4.Prefix.t list reader
  val text : string reader
  val boolean : bool reader
  val int_8 : int reader
  val int_16 : int reader
  val ints_16 : int list reader
  val int_32 : int32 reader
  val message_type : Dhcp_option.msgtype reader
  val codes : Dhcp_option_code.option_code list reader
  val client_id : Dhcp_option.client_id reader
  val nothing : Dhcp_option.dhcp_option -> string -> Dhcp_option.dhcp_option option
end

module Write : sig
  val address : Ipaddr.V4.t -> string
  val addresses : Ipaddr.V4.t list -> string
  val address_pairs : (Ipaddr.V4.t * Ipaddr.V4.t) list -> string
  val prefixes : Ipaddr.V4.Prefix.t list -> string
  val text : string -> string
  val boolean : bool -> string
  val int_8 : int -> string
  val int_16 : int -> string
  val ints_16 : int list -> string
  val int_32 : int32 -> string
  val message_type : Dhcp_option.msgtype -> string
  val codes : Dhcp_option_code.option_code list -> string
  val client_id : Dhcp_option.client_id -> string
end

val message_types : (int * Dhcp_option.msgtype * string) list
(** Number, value and name of each. *)
