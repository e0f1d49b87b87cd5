type ty =
  | Echo_reply
  | Destination_unreachable
  | Source_quench
  | Redirect
  | Echo_request
  | Time_exceeded
  | Parameter_problem
  | Timestamp_request
  | Timestamp_reply
  | Information_request
  | Information_reply

(* Numbers and names of IANA's registry, from which all conversions below follow. *)
let types =
  [
    (0, Echo_reply, "Echo_reply");
    (3, Destination_unreachable, "Destination_unreachable");
    (4, Source_quench, "Source_quench");
    (5, Redirect, "Redirect");
    (8, Echo_request, "Echo_request");
    (11, Time_exceeded, "Time_exceeded");
    (12, Parameter_problem, "Parameter_problem");
    (13, Timestamp_request, "Timestamp_request");
    (14, Timestamp_reply, "Timestamp_reply");
    (15, Information_request, "Information_request");
    (16, Information_reply, "Information_reply");
  ]

type unreachable_reason =
  | Network_unreachable
  | Host_unreachable
  | Protocol_unreachable
  | Port_unreachable
  | Would_fragment
  | Source_route_failed
  | Destination_network_unknown
  | Destination_host_unknown
  | Source_host_isolated
  | Destination_net_prohibited
  | Destination_host_prohibited
  | TOS_network_unreachable
  | TOS_host_unreachable
  | Communication_prohibited
  | Host_precedence_violation
  | Precedence_insufficient

let reasons =
  [
    (0, Network_unreachable, "Network_unreachable");
    (1, Host_unreachable, "Host_unreachable");
    (2, Protocol_unreachable, "Protocol_unreachable");
    (3, Port_unreachable, "Port_unreachable");
    (4, Would_fragment, "Would_fragment");
    (5, Source_route_failed, "Source_route_failed");
    (6, Destination_network_unknown, "Destination_network_unknown");
    (7, Destination_host_unknown, "Destination_host_unknown");
    (8, Source_host_isolated, "Source_host_isolated");
    (9, Destination_net_prohibited, "Destination_net_prohibited");
    (10, Destination_host_prohibited, "Destination_host_prohibited");
    (11, TOS_network_unreachable, "TOS_network_unreachable");
    (12, TOS_host_unreachable, "TOS_host_unreachable");
    (13, Communication_prohibited, "Communication_prohibited");
    (14, Host_precedence_violation, "Host_precedence_violation");
    (15, Precedence_insufficient, "Precedence_insufficient");
  ]

let of_int table n =
  List.find_map (fun (i, v, _) -> if i = n then Some v else None) table

let row table v = List.find (fun (_, v', _) -> v = v') table

let to_int table v =
  let n, _, _ = row table v in
  n

let to_string table v =
  let _, _, name = row table v in
  name

let of_string table name =
  List.find_map (fun (_, v, n) -> if n = name then Some v else None) table

let compare_in table a b = Int.compare (to_int table a) (to_int table b)
let int_to_ty = of_int types
let ty_to_int = to_int types
let ty_to_string = to_string types
let string_to_ty = of_string types
let compare_ty = compare_in types
let int_to_unreachable_reason = of_int reasons
let unreachable_reason_to_int = to_int reasons
let unreachable_reason_to_string = to_string reasons
let string_to_unreachable_reason = of_string reasons
let compare_unreachable_reason = compare_in reasons

open Cstruct.BE

let sizeof_icmpv4 = 8
let get_icmpv4_ty b = Cstruct.get_uint8 b 0
let set_icmpv4_ty b v = Cstruct.set_uint8 b 0 v
let get_icmpv4_code b = Cstruct.get_uint8 b 1
let set_icmpv4_code b v = Cstruct.set_uint8 b 1 v
let get_icmpv4_csum b = get_uint16 b 2
let set_icmpv4_csum b v = set_uint16 b 2 v
let get_icmpv4_id b = get_uint16 b 4
let set_icmpv4_id b v = set_uint16 b 4 v
let get_icmpv4_seq b = get_uint16 b 6
let set_icmpv4_seq b v = set_uint16 b 6 v

let hexdump_icmpv4_to_buffer buffer b =
  Cstruct.hexdump_to_buffer buffer (Cstruct.sub b 0 sizeof_icmpv4)

let hexdump_icmpv4 b = Cstruct.hexdump (Cstruct.sub b 0 sizeof_icmpv4)
let get_next_hop_mtu b = get_uint16 b 6
let set_next_hop_mtu b v = set_uint16 b 6 v
let get_pointer b = Cstruct.get_uint8 b 4
let set_pointer b v = Cstruct.set_uint8 b 4 v
let get_address b = get_uint32 b 4
let set_address b v = set_uint32 b 4 v
