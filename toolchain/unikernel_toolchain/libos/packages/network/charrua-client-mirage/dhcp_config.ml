open Dhcp_message
module V4 = Ipaddr.V4

(* More would cost every packet that leaves. *)
let max_routes = 64

let routers (lease : pkt) =
  let routers = function Dhcp_option.Routers ips -> Some ips | _ -> None in
  Option.value (List.find_map routers lease.options) ~default:[]

let is_default (prefix, _) = V4.Prefix.bits prefix = 0

(* By its class, as it was before there were masks. *)
let classful address =
  let first = Char.code (V4.to_octets address).[0] in
  V4.Prefix.make (if first < 128 then 8 else if first < 192 then 16 else 24) address

(* A host without mask and router would reach nobody. *)
let network_of lease routes =
  match Dhcp_lease.network lease with
  | Some network -> network
  | None when routes = None && routers lease = [] -> V4.Prefix.prefix (classful lease.yiaddr)
  | None -> V4.Prefix.make 32 lease.yiaddr

let first_on_link network routers =
  match List.find_opt (fun ip -> V4.Prefix.mem ip network) routers with
  | Some router -> Some router
  | None -> List.nth_opt routers 0

(* With classless routes the routers option is ignored (RFC 3442). *)
let gateway lease network = function
  | None -> first_on_link network (routers lease)
  | Some routes -> Option.bind (List.find_opt is_default routes) snd

let of_lease lease =
  let lease = Dhcp_lease.clean lease in
  let routes = Dhcp_routes.of_options lease.options in
  let network = network_of lease routes in
  { Mirage_protocols.address = lease.yiaddr; network; gateway = gateway lease network routes }

let routes_of_lease (lease : pkt) =
  match Dhcp_routes.of_options lease.options with
  | None -> []
  | Some routes ->
      let is_gateway route = is_default route && snd route <> None in
      Routing.table (List.filter (fun r -> not (is_gateway r)) routes)
      |> List.filteri (fun i _ -> i < max_routes)
