open Dhcp_option
include Sexplib0.Sexp_conv
module Sexp = Sexplib0.Sexp

let sexp_of_ints = sexp_of_list sexp_of_int
let ints_of_sexp = list_of_sexp int_of_sexp

(* What people write as one word. *)
let atom what read = function
  | Sexp.Atom text as sexp -> (
      match read text with
      | Some value -> value
      | None -> of_sexp_error (Printf.sprintf "%s_of_sexp: no %s" what what) sexp)
  | List _ as sexp -> of_sexp_error (what ^ "_of_sexp: an atom is needed") sexp

let sexp_of_address address = Sexp.Atom (Ipaddr.V4.to_string address)

let address_of_sexp =
  atom "address" (fun text -> Result.to_option (Ipaddr.V4.of_string text))

let sexp_of_addresses = sexp_of_list sexp_of_address
let addresses_of_sexp = list_of_sexp address_of_sexp
let sexp_of_address_pairs = sexp_of_list (sexp_of_pair sexp_of_address sexp_of_address)
let address_pairs_of_sexp = list_of_sexp (pair_of_sexp address_of_sexp address_of_sexp)
let sexp_of_prefix prefix = Sexp.Atom (Ipaddr.V4.Prefix.to_string prefix)

let prefix_of_sexp =
  atom "prefix" (fun text -> Result.to_option (Ipaddr.V4.Prefix.of_string text))

let sexp_of_prefixes = sexp_of_list sexp_of_prefix
let prefixes_of_sexp = list_of_sexp prefix_of_sexp
let sexp_of_mac mac = Sexp.Atom (Macaddr.to_string mac)
let mac_of_sexp = atom "macaddr" (fun text -> Result.to_option (Macaddr.of_string text))
let sexp_of_option_code code = Sexp.Atom (Dhcp_option_code.option_code_to_string code)
let option_code_of_sexp = atom "option_code" Dhcp_option_code.string_to_option_code
let sexp_of_codes = sexp_of_list sexp_of_option_code
let codes_of_sexp = list_of_sexp option_code_of_sexp
let sexp_of_msgtype t = Sexp.Atom (Dhcp_enum.msgtype_to_string t)
let msgtype_of_sexp = atom "msgtype" Dhcp_enum.string_to_msgtype

let sexp_of_client_id = function
  | Hwaddr mac -> Sexp.List [ Atom "Hwaddr"; sexp_of_mac mac ]
  | Id octets -> List [ Atom "Id"; Atom octets ]

let client_id_of_sexp = function
  | Sexp.List [ Atom "Hwaddr"; mac ] -> Hwaddr (mac_of_sexp mac)
  | List [ Atom "Id"; Atom octets ] -> Id octets
  | sexp -> of_sexp_error "client_id_of_sexp: no client's identifier" sexp
