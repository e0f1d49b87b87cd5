(* The options that the client itself understands; all others stay octets. *)

open Dhcp_option
open Dhcp_option_code
module Read = Dhcp_option_value.Read
module Write = Dhcp_option_value.Write

let of_code code value =
  match code with
  | SUBNET_MASK -> Read.address (fun v -> Subnet_mask v) value
  | ROUTERS -> Read.addresses (fun v -> Routers v) value
  | DNS_SERVERS -> Read.addresses (fun v -> Dns_servers v) value
  | REQUEST_IP -> Read.address (fun v -> Request_ip v) value
  | IP_LEASE_TIME -> Read.int_32 (fun v -> Ip_lease_time v) value
  | OPTION_OVERLOAD -> Read.int_8 (fun v -> Option_overload v) value
  | MESSAGE_TYPE -> Read.message_type (fun v -> Message_type v) value
  | SERVER_IDENTIFIER -> Read.address (fun v -> Server_identifier v) value
  | MESSAGE -> Some (Message value)
  | RENEWAL_T1 -> Read.int_32 (fun v -> Renewal_t1 v) value
  | REBINDING_T2 -> Read.int_32 (fun v -> Rebinding_t2 v) value
  | CLIENT_ID -> Read.client_id (fun v -> Client_id v) value
  | CLASSLESS_STATIC_ROUTE -> Some (Classless_static_route value)
  | PRIVATE_CLASSLESS_STATIC_ROUTE -> Some (Private_classless_static_route value)
  | code -> Some (Unassigned (code, value))

let to_code = function
  | Subnet_mask v -> Some (SUBNET_MASK, Write.address v)
  | Routers v -> Some (ROUTERS, Write.addresses v)
  | Dns_servers v -> Some (DNS_SERVERS, Write.addresses v)
  | Request_ip v -> Some (REQUEST_IP, Write.address v)
  | Ip_lease_time v -> Some (IP_LEASE_TIME, Write.int_32 v)
  | Option_overload v -> Some (OPTION_OVERLOAD, Write.int_8 v)
  | Message_type v -> Some (MESSAGE_TYPE, Write.message_type v)
  | Server_identifier v -> Some (SERVER_IDENTIFIER, Write.address v)
  | Parameter_requests v -> Some (PARAMETER_REQUESTS, Write.codes v)
  | Message v -> Some (MESSAGE, v)
  | Renewal_t1 v -> Some (RENEWAL_T1, Write.int_32 v)
  | Rebinding_t2 v -> Some (REBINDING_T2, Write.int_32 v)
  | Client_id v -> Some (CLIENT_ID, Write.client_id v)
  | Classless_static_route v -> Some (CLASSLESS_STATIC_ROUTE, v)
  | Private_classless_static_route v -> Some (PRIVATE_CLASSLESS_STATIC_ROUTE, v)
  | Unassigned (code, value) -> Some (code, value)
  | _ -> None
