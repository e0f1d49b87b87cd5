open Ndp_context

let src_log = Logs.Src.create "ndpv6" ~doc:"IPv6 neighbour discovery"

module Log = (val Logs.src_log src_log : Logs.LOG)

(* {2 The cache} *)

let set_neighbour t ip neighbour =
  let cache, waiting = Ndp_cache.set t.cache ip neighbour in
  let send mac = List.map (output mac) waiting in
  ({ t with cache }, Option.fold (Ndp_neighbour.mac neighbour) ~none:[] ~some:send)

let told t ip = function
  | None -> (t, [])
  | Some mac -> set_neighbour t ip (Ndp_neighbour.heard (Ndp_cache.find t.cache ip) mac)

(* {2 Routers} *)

let for_ever = 0xffff_ffffl

let until ~now s =
  if Int32.equal s for_ever then None
  else
    let s = Int64.logand (Int64.of_int32 s) 0xffff_ffffL in
    Some (Int64.add now (Int64.mul s 1_000_000_000L))

let add_address t ~now lifetime ip =
  let addresses, is_new = Ndp_addresses.add t.addresses ~now lifetime ip in
  let t = { t with addresses } in
  (t, if is_new then announce t ip else [])

let on_link t ~now (p : Icmpv6_packet.prefix) =
  let routes =
    if Int32.equal p.valid_s 0l then Ndp_routes.remove_prefix t.routes p.prefix
    else Ndp_routes.add_prefix t.routes ~until:(until ~now p.valid_s) p.prefix
  in
  { t with routes }

let autonomous t ~now (p : Icmpv6_packet.prefix) =
  let ip = interface_address p.prefix t.mac in
  let sensible =
    Ipaddr.V6.Prefix.bits p.prefix = 64
    && Int32.unsigned_compare p.preferred_s p.valid_s <= 0
    && ((not (Int32.equal p.valid_s 0l)) || Ndp_addresses.mem t.addresses ip)
  in
  if sensible then
    let preferred_until = until ~now p.preferred_s in
    add_address t ~now { valid_until = until ~now p.valid_s; preferred_until } ip
  else (t, [])

let is_link_local prefix =
  Ipaddr.V6.Prefix.mem (Ipaddr.V6.Prefix.network prefix) Ipaddr.V6.Prefix.link

let prefix ~now (t, outputs) (p : Icmpv6_packet.prefix) =
  if is_link_local p.prefix then (t, outputs)
  else
    let t = if p.on_link then on_link t ~now p else t in
    let t, more = if p.autonomous then autonomous t ~now p else (t, []) in
    (t, outputs @ more)

let default_router t ~now ~src lifetime_s =
  let routes =
    if lifetime_s = 0 then Ndp_routes.remove_router t.routes src
    else
      let until = until ~now (Int32.of_int lifetime_s) in
      Ndp_routes.add_router t.routes ~until src
  in
  { t with routes }

let router_advertisement t ~now ~src (ra : Icmpv6_packet.router_advertisement) =
  if not (Ipaddr.V6.Prefix.mem src Ipaddr.V6.Prefix.link) then (t, [])
  else
    let t = default_router t ~now ~src ra.router_lifetime_s in
    let hop_limit = if ra.hop_limit = 0 then t.hop_limit else ra.hop_limit in
    let timing = Ndp_timing.learn t.timing ra in
    let t = { t with hop_limit; timing; solicit_routers = None } in
    let t, outputs = told t src ra.router_mac in
    List.fold_left (prefix ~now) (t, outputs) ra.prefixes

(* {2 Neighbours} *)

let give_up_address t ip =
  Log.err (fun m -> m "somebody else has our address %a: given up" Ipaddr.V6.pp ip);
  ({ t with addresses = Ndp_addresses.remove t.addresses ip }, [])

let solicited t ~now ~src ~target sender =
  let t, outputs = told t src sender in
  let known = Option.bind (Ndp_cache.find t.cache src) Ndp_neighbour.mac in
  let answer mac = advertise t ~now ~dst:src mac target in
  (t, outputs @ Option.to_list (Option.map answer known))

let neighbour_solicitation t ~now ~src ~target sender =
  let detecting = Ipaddr.V6.compare src Ipaddr.V6.unspecified = 0 in
  if not (Ndp_addresses.mem t.addresses target) then (t, [])
  else if not detecting then solicited t ~now ~src ~target sender
  else if Ndp_addresses.tentative t.addresses ~now target then give_up_address t target
  else (t, [ advertise t ~now ~dst:all_nodes (mac_of_multicast all_nodes) target ])

let about_neighbour t ~now (na : Icmpv6_packet.neighbour_advertisement) known =
  let { Icmpv6_packet.solicited; override; mac; _ } = na in
  let neighbour = Ndp_neighbour.advertised t.timing ~now ~solicited ~override known mac in
  let routes =
    if na.router then t.routes else Ndp_routes.remove_router t.routes na.about
  in
  set_neighbour { t with routes } na.about neighbour

let neighbour_advertisement t ~now (na : Icmpv6_packet.neighbour_advertisement) =
  if Ndp_addresses.tentative t.addresses ~now na.about then give_up_address t na.about
  else
    match Ndp_cache.find t.cache na.about with
    | Some known -> about_neighbour t ~now na known
    | None -> (t, [])
