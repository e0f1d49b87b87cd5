open Ipaddr

let multicast = Some "It is a multicast address: a group's, and no host's."
let loopback = Some "It is a loopback address, which means the host itself everywhere."
let unspecified = Some "It stands for no address at all."

let why_not_v4 ip =
  match Int32.to_int (Int32.shift_right_logical (V4.to_int32 ip) 24) with
  | 0 -> unspecified
  | 127 -> loopback
  | first when first >= 240 -> Some "It is reserved, and no host's."
  | first when first >= 224 -> multicast
  | _ -> None

let why_not_v6 ip =
  if V6.compare ip V6.unspecified = 0 then unspecified
  else if V6.compare ip V6.localhost = 0 then loopback
  else if V6.is_multicast ip then multicast
  else None

let why_not = function V4 ip -> why_not_v4 ip | V6 ip -> why_not_v6 ip

(* A network of two addresses, /31, has neither network nor broadcast address (RFC 3021). *)
let why_not_in_v4 network =
  let ip = V4.Prefix.address network in
  match why_not_v4 ip with
  | None when V4.Prefix.bits network >= 31 -> None
  | None when V4.compare ip (V4.Prefix.network network) = 0 ->
      Some "It is the network's own address, and none of its hosts'."
  | None when V4.compare ip (V4.Prefix.broadcast network) = 0 ->
      Some "It is the network's broadcast address, and none of its hosts'."
  | reason -> reason

let why_not_in_v6 network =
  let ip = V6.Prefix.address network in
  match why_not_v6 ip with
  | None when V6.Prefix.bits network < 127 && V6.compare ip (V6.Prefix.network network) = 0 ->
      Some "It is the network's own address, which means any of its routers."
  | reason -> reason
