(* Numbers of the fixed fields (RFC 2131, section 2), under MirageOS's names. *)

let client_port = 68
let server_port = 67

type op = BOOTREQUEST | BOOTREPLY

let op_to_int = function BOOTREQUEST -> 1 | BOOTREPLY -> 2

let int_to_op = function
  | 1 -> Some BOOTREQUEST
  | 2 -> Some BOOTREPLY
  | _ -> None

let or_fail what n = function
  | Some v -> v
  | None -> failwith (Printf.sprintf "DHCP: %d is no %s" n what)

let int_to_op_exn n = or_fail "operation" n (int_to_op n)

let op_to_string = function
  | BOOTREQUEST -> "BOOTREQUEST"
  | BOOTREPLY -> "BOOTREPLY"

let string_to_op = function
  | "BOOTREQUEST" -> Some BOOTREQUEST
  | "BOOTREPLY" -> Some BOOTREPLY
  | _ -> None

let message_type matches = List.find_opt matches Dhcp_option_value.message_types
let value_of = Option.map (fun (_, t, _) -> t)
let int_to_msgtype n = value_of (message_type (fun (n', _, _) -> n = n'))
let int_to_msgtype_exn n = or_fail "message type" n (int_to_msgtype n)
let string_to_msgtype s = value_of (message_type (fun (_, _, s') -> String.equal s s'))

let row t = List.find (fun (_, t', _) -> t = t') Dhcp_option_value.message_types

let msgtype_to_int t =
  let n, _, _ = row t in
  n

let msgtype_to_string t =
  let _, _, name = row t in
  name

type htype = Ethernet_10mb | Other
type flags = Broadcast | Unicast
