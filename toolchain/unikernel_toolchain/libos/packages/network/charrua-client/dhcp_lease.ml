(* What may be taken from a server's answer. A lease whose address no host can have is
   not taken; of one that is, each option that makes no sense is left out alone. *)

open Dhcp_option
open Dhcp_message
module V4 = Ipaddr.V4

let find options value = List.find_map value options
let server (p : pkt) = find p.options (function Server_identifier ip -> Some ip | _ -> None)
let seconds (p : pkt) = find p.options (function Ip_lease_time s -> Some s | _ -> None)

(* {2 Addresses} *)

let is_host ip = Host_address.why_not (V4 ip) = None

let is_host_of network ip =
  Host_address.why_not_in_v4 (V4.Prefix.make (V4.Prefix.bits network) ip) = None

let network_of_mask address netmask =
  match V4.Prefix.of_netmask ~netmask ~address with
  | Ok network when V4.Prefix.bits network > 0 -> Some (V4.Prefix.prefix network)
  | Ok _ | Error _ -> None

let network (p : pkt) =
  Option.bind
    (find p.options (function Subnet_mask mask -> Some mask | _ -> None))
    (network_of_mask p.yiaddr)

let addressable (p : pkt) =
  is_host p.yiaddr && Option.fold (network p) ~none:true ~some:(fun n -> is_host_of n p.yiaddr)

let has_time_left (p : pkt) = not (Option.equal Int32.equal (seconds p) (Some 0l))
let usable p =
  addressable p && has_time_left p
  && Option.fold (server p) ~none:false ~some:(fun ip -> V4.compare ip p.yiaddr <> 0)

(* {2 What makes no sense is as if it were not there} *)

let some_of make = function [] -> None | list -> Some (make list)

let validated (p : pkt) option =
  let router ip = is_host ip && V4.compare ip p.yiaddr <> 0 in
  match option with
  | Subnet_mask mask when network_of_mask p.yiaddr mask = None -> None
  | Routers ips -> some_of (fun ips -> Routers ips) (List.filter router ips)
  | Dns_servers ips -> some_of (fun ips -> Dns_servers ips) (List.filter is_host ips)
  | (Classless_static_route v | Private_classless_static_route v)
    when Dhcp_routes.parse v = None ->
      None
  | option -> Some option

let clean (p : pkt) = { p with options = List.filter_map (validated p) p.options }

(* {2 Renewals} *)

(* Options that are replaced together. *)
let group = function
  | Routers _ | Classless_static_route _ | Private_classless_static_route _ -> `Routes
  | Ip_lease_time _ | Renewal_t1 _ | Rebinding_t2 _ -> `Times
  | option -> `Option (Option.map fst (Dhcp_option_list.to_code option))

let routers options = Option.value (find options (function Routers r -> Some r | _ -> None)) ~default:[]

(* A router that is not on the link cannot be what one on the link was. *)
let without_off_link_routers ~(earlier : pkt) options =
  let on_link routers =
    match network earlier with
    | Some network -> List.exists (fun ip -> V4.Prefix.mem ip network) routers
    | None -> false
  in
  if on_link (routers earlier.options) && not (on_link (routers options)) then
    List.filter (function Routers _ -> false | _ -> true) options
  else options

(* An acknowledgement of a renewal need not repeat everything: what it leaves out stays
   as it was. *)
let extend ~(earlier : pkt) ack =
  let ack = clean ack in
  let options = without_off_link_routers ~earlier ack.options in
  let present = List.map group options in
  let is_absent option = not (List.mem (group option) present) in
  let is_message = function Message _ -> true | _ -> false in
  let kept = List.filter (fun o -> is_absent o && not (is_message o)) earlier.options in
  { ack with options = options @ kept }
