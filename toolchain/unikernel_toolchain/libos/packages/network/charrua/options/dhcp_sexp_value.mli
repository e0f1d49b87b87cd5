(** What DHCP options hold, as s-expressions: addresses as people write them,
    names of constructors as they are.

    Readers raise [Sexplib0.Sexp.Of_sexp_error] for what they cannot read. *)

module Sexp = Sexplib0.Sexp

include module type of struct
  include Sexplib0.Sexp_conv
end

val sexp_of_ints : int list -> Sexp.t
val ints_of_sexp : Sexp.t -> int list
val sexp_of_address : Ipaddr.V4.t -> Sexp.t
val address_of_sexp : Sexp.t -> Ipaddr.V4.t
val sexp_of_addresses : Ipaddr.V4.t list -> Sexp.t
val addresses_of_sexp : Sexp.t -> Ipaddr.V4.t list
val sexp_of_address_pairs : (Ipaddr.V4.t * Ipaddr.V4.t) list -> Sexp.t
val address_pairs_of_sexp : Sexp.t -> (Ipaddr.V4.t * Ipaddr.V4.t) list
val sexp_of_prefix : Ipaddr.V4.Prefix.t -> Sexp.t
val prefix_of_sexp : Sexp.t -> Ipaddr.V4.Prefix.t
val sexp_of_prefixes : Ipaddr.V4.Prefix.t list -> Sexp.t
val prefixes_of_sexp : Sexp.t -> Ipaddr.V4.Prefix.t list
val sexp_of_mac : Macaddr.t -> Sexp.t
val mac_of_sexp : Sexp.t -> Macaddr.t
val sexp_of_option_code : Dhcp_option_code.option_code -> Sexp.t
val option_code_of_sexp : Sexp.t -> Dhcp_option_code.option_code
val sexp_of_codes : Dhcp_option_code.option_code list -> Sexp.t
val codes_of_sexp : Sexp.t -> Dhcp_option_code.option_code list
val sexp_of_msgtype : Dhcp_option.msgtype -> Sexp.t
val msgtype_of_sexp : Sexp.t -> Dhcp_option.msgtype
val sexp_of_client_id : Dhcp_option.client_id -> Sexp.t
val client_id_of_sexp : Sexp.t -> Dhcp_option.client_id
