(* S-expressions of what is in a DHCP packet, in the shape that ppx_sexp_conv gives these types:
   applications and tests write and compare them. They are written by hand, for a preprocessor
   would be needed on every host, and by nobody who does not ask for this module. *)

open Dhcp_enum
open Dhcp_message
open Dhcp_sexp_value

let sexp_of_msgtype = sexp_of_msgtype
let msgtype_of_sexp = msgtype_of_sexp
let sexp_of_option_code = sexp_of_option_code
let option_code_of_sexp = option_code_of_sexp
let sexp_of_client_id = sexp_of_client_id
let client_id_of_sexp = client_id_of_sexp
let sexp_of_dhcp_option = Dhcp_sexp_of_option.sexp_of_dhcp_option
let dhcp_option_of_sexp = Dhcp_option_of_sexp.dhcp_option_of_sexp
let sexp_of_op op = Sexp.Atom (op_to_string op)

let op_of_sexp = function
  | Sexp.Atom "BOOTREQUEST" -> BOOTREQUEST
  | Atom "BOOTREPLY" -> BOOTREPLY
  | sexp -> of_sexp_error "op_of_sexp: no operation" sexp

let sexp_of_htype = function
  | Ethernet_10mb -> Sexp.Atom "Ethernet_10mb"
  | Other -> Atom "Other"

let htype_of_sexp = function
  | Sexp.Atom "Ethernet_10mb" -> Ethernet_10mb
  | Atom "Other" -> Other
  | sexp -> of_sexp_error "htype_of_sexp: no kind of hardware" sexp

let sexp_of_flags = function Broadcast -> Sexp.Atom "Broadcast" | Unicast -> Atom "Unicast"

let flags_of_sexp = function
  | Sexp.Atom "Broadcast" -> Broadcast
  | Atom "Unicast" -> Unicast
  | sexp -> of_sexp_error "flags_of_sexp: neither Broadcast nor Unicast" sexp

let sexp_of_pkt p =
  let field name value = Sexp.List [ Atom name; value ] in
  Sexp.List
    [
      field "srcmac" (sexp_of_mac p.srcmac);
      field "dstmac" (sexp_of_mac p.dstmac);
      field "srcip" (sexp_of_address p.srcip);
      field "dstip" (sexp_of_address p.dstip);
      field "srcport" (sexp_of_int p.srcport);
      field "dstport" (sexp_of_int p.dstport);
      field "op" (sexp_of_op p.op);
      field "htype" (sexp_of_htype p.htype);
      field "hlen" (sexp_of_int p.hlen);
      field "hops" (sexp_of_int p.hops);
      field "xid" (sexp_of_int32 p.xid);
      field "secs" (sexp_of_int p.secs);
      field "flags" (sexp_of_flags p.flags);
      field "ciaddr" (sexp_of_address p.ciaddr);
      field "yiaddr" (sexp_of_address p.yiaddr);
      field "siaddr" (sexp_of_address p.siaddr);
      field "giaddr" (sexp_of_address p.giaddr);
      field "chaddr" (sexp_of_mac p.chaddr);
      field "sname" (sexp_of_string p.sname);
      field "file" (sexp_of_string p.file);
      field "options" (sexp_of_list sexp_of_dhcp_option p.options);
    ]

let field_of sexp name read =
  let named = function Sexp.List [ Atom n; value ] when n = name -> Some value | _ -> None in
  match sexp with
  | Sexp.List fields -> (
      match List.find_map named fields with
      | Some value -> read value
      | None -> of_sexp_error ("pkt_of_sexp: no field " ^ name) sexp)
  | Atom _ -> of_sexp_error "pkt_of_sexp: a record is needed" sexp

let pkt_of_sexp sexp =
  let field name read = field_of sexp name read in
  {
    srcmac = field "srcmac" mac_of_sexp;
    dstmac = field "dstmac" mac_of_sexp;
    srcip = field "srcip" address_of_sexp;
    dstip = field "dstip" address_of_sexp;
    srcport = field "srcport" int_of_sexp;
    dstport = field "dstport" int_of_sexp;
    op = field "op" op_of_sexp;
    htype = field "htype" htype_of_sexp;
    hlen = field "hlen" int_of_sexp;
    hops = field "hops" int_of_sexp;
    xid = field "xid" int32_of_sexp;
    secs = field "secs" int_of_sexp;
    flags = field "flags" flags_of_sexp;
    ciaddr = field "ciaddr" address_of_sexp;
    yiaddr = field "yiaddr" address_of_sexp;
    siaddr = field "siaddr" address_of_sexp;
    giaddr = field "giaddr" address_of_sexp;
    chaddr = field "chaddr" mac_of_sexp;
    sname = field "sname" string_of_sexp;
    file = field "file" string_of_sexp;
    options = field "options" (list_of_sexp dhcp_option_of_sexp);
  }
