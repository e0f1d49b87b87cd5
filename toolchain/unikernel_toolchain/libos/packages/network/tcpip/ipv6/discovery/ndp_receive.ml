open Ndp_context
open Ndp_packets

let src_log = Logs.Src.create "ndpv6" ~doc:"IPv6 neighbour discovery"

module Log = (val Logs.src_log src_log : Logs.LOG)

(* {2 Neighbours} *)

let learn_sender t ip = function
  | None -> (t, [])
  | Some mac -> (
      let known = Ndp_cache.find t.cache ip in
      match Ndp_neighbour.unsolicited known mac with
      | neighbour when Option.equal ( == ) known (Some neighbour) -> (t, [])
      | neighbour -> set_neighbour t ~confirmed:false ip neighbour)

(* A router that says it is none any more loses its routes (section 7.2.5). *)
let about_neighbour t ~now (na : Icmpv6_packet.neighbour_advertisement) known =
  let { Icmpv6_packet.solicited; override; mac; about; router } = na in
  match Ndp_neighbour.advertised t.timing ~now ~solicited ~override known mac with
  | None -> (t, [])
  | Some neighbour ->
      let confirmed = solicited && Ndp_neighbour.deadline known <> Ndp_timing.never in
      let routes = if router then t.routes else Ndp_routes.remove_router t.routes about in
      set_neighbour { t with routes } ~confirmed about neighbour

(* {2 Own addresses} *)

let duplicate_detected t ~now ~random (own : Ndp_addresses.own) =
  let nonce = nonce t ~now and interface_id = Cstruct.to_string (random 8) in
  let addresses, instead =
    Ndp_addresses.duplicate_found t.addresses ~now ~nonce ~interface_id own
  in
  let next =
    match instead with
    | Some { ip; _ } -> Ipaddr.V6.to_string ip ^ " is tried instead"
    | None -> "it is tried again in a minute"
  in
  Log.err (fun m -> m "somebody else has our address %a: %s" Ipaddr.V6.pp own.ip next);
  ({ t with addresses }, List.map detect_duplicate (Option.to_list instead))

let address_claimed t ~now ip =
  match Token_bucket.take ~now t.warnings with
  | None -> (t, [])
  | Some warnings ->
      Log.warn (fun m -> m "somebody else claims our address %a" Ipaddr.V6.pp ip);
      ({ t with warnings }, [])

let neighbour_advertisement t ~now ~random (na : Icmpv6_packet.neighbour_advertisement) =
  match Ndp_addresses.tentative t.addresses na.about with
  | Some own -> duplicate_detected t ~now ~random own
  | None when Ndp_addresses.mem t.addresses na.about -> address_claimed t ~now na.about
  | None -> (
      match Ndp_cache.find t.cache na.about with
      | Some known -> about_neighbour t ~now na known
      | None -> (t, []))

(* Our own question, sent back by the network, is no objection (RFC 7527). *)
let is_our_solicitation (own : Ndp_addresses.own) nonce =
  match (own.status, nonce) with
  | Tentative { nonce = ours; _ }, Some nonce -> String.equal ours nonce
  | _ -> false

(* Somebody probes for an address: tentative here too, neither may have it (RFC 4862,
   section 5.4.3); ours, all are told so. *)
let duplicate_solicitation t ~now ~random ~target nonce =
  match Ndp_addresses.tentative t.addresses target with
  | Some own when is_our_solicitation own nonce -> (t, [])
  | Some own -> duplicate_detected t ~now ~random own
  | None when not (Ndp_addresses.mem t.addresses target) -> (t, [])
  | None -> (
      match Token_bucket.take ~now t.advertisements with
      | None -> (t, [])
      | Some advertisements ->
          let packet = advertisement t ~dst:all_nodes target in
          ({ t with advertisements }, [ output (mac_of_multicast all_nodes) packet ]))

(* {2 Routers} *)

let for_ever = 0xffff_ffffl

let until ~now s =
  if Int32.equal s for_ever then Ndp_timing.never
  else
    let s = Int64.logand (Int64.of_int32 s) 0xffff_ffffL in
    Int64.add now (Int64.mul s 1_000_000_000L)

let on_link t ~now (p : Icmpv6_packet.prefix) =
  let until = until ~now p.valid_s in
  { t with routes = Ndp_routes.advertise_prefix t.routes ~now ~until p.prefix }

let add_address t ~now origin lifetime ip =
  let addresses =
    Ndp_addresses.add t.addresses ~now ~nonce:(nonce t ~now) origin lifetime ip
  in
  if addresses == t.addresses then (t, [])
  else
    let added = Ndp_addresses.tentative addresses ip in
    ({ t with addresses }, List.map detect_duplicate (Option.to_list added))

let new_address t ~now ~src (p : Icmpv6_packet.prefix) lifetime =
  match Token_bucket.take ~now t.new_addresses with
  | None -> (t, [])
  | Some new_addresses ->
      let ip = interface_address p.prefix t.mac in
      add_address { t with new_addresses } ~now (Autoconfigured (p.prefix, src)) lifetime ip

(* RFC 4862, section 5.5.3. *)
let autonomous t ~now ~src (p : Icmpv6_packet.prefix) =
  let valid_until = until ~now p.valid_s and preferred_until = until ~now p.preferred_s in
  let lifetime = { Ndp_addresses.valid_until; preferred_until } in
  if Ipaddr.V6.Prefix.bits p.prefix <> 64 || preferred_until > valid_until then (t, [])
  else
    match Ndp_addresses.renew t.addresses ~now p.prefix lifetime with
    | Some addresses -> ({ t with addresses }, [])
    | None when valid_until <= now -> (t, [])
    | None -> new_address t ~now ~src p lifetime

(* Neither what every link has, nor groups, nor everything. *)
let is_usable_prefix prefix =
  let network = Ipaddr.V6.Prefix.network prefix in
  Ipaddr.V6.Prefix.bits prefix > 0
  && (not (Ipaddr.V6.is_multicast network))
  && not (Ipaddr.V6.Prefix.mem network Ipaddr.V6.Prefix.link)

let prefix ~now ~src (t, outputs) (p : Icmpv6_packet.prefix) =
  if not (is_usable_prefix p.prefix) then (t, outputs)
  else
    let t = if p.on_link then on_link t ~now p else t in
    let t, more = if p.autonomous then autonomous t ~now ~src p else (t, []) in
    (t, outputs @ more)

let route ~now ~src t (destination, preference, lifetime_s) =
  let answers = Ndp_cache.confirmed t.cache in
  let until = until ~now lifetime_s in
  let routes =
    Ndp_routes.advertise_route t.routes ~now ~until ~preference ~answers destination ~router:src
  in
  { t with routes }

let routes_of (ra : Icmpv6_packet.router_advertisement) =
  let default = (Ndp_routes.default, ra.preference, Int32.of_int ra.router_lifetime_s) in
  let more (r : Ndp_options.route) = (r.destination, r.preference, r.lifetime_s) in
  default :: List.map more ra.options.routes

let name_servers t ~now ~src servers =
  let advertised = List.map (fun (ip, s) -> (ip, until ~now s)) servers in
  if advertised = [] then t
  else
    let name_servers, changes =
      Ndp_name_servers.learn t.name_servers ~now ~router:src advertised
    in
    let notifications = List.rev_map (fun (ip, servers) -> Name_servers (ip, servers)) changes in
    { t with name_servers; notifications = notifications @ t.notifications }

(* With a hop limit of a few, no answer would come far. *)
let least_hop_limit = 32
let least_mtu = 1280

let parameters t ~now (ra : Icmpv6_packet.router_advertisement) =
  let timing = Ndp_timing.learn t.timing ~share:(share t ~now) ra in
  let hop_limit = if ra.hop_limit < least_hop_limit then t.hop_limit else ra.hop_limit in
  let mtu =
    match ra.options.mtu with Some bytes when bytes >= least_mtu -> Some bytes | _ -> t.mtu
  in
  { t with timing; hop_limit; mtu }

let router_found t (ra : Icmpv6_packet.router_advertisement) =
  if ra.router_lifetime_s = 0 then t
  else { t with solicitation = { t.solicitation with next_at = Ndp_timing.never } }

(* RFC 4861, section 6.1.2: from a link-local address, with the hop limit 255 that the
   parser has checked, so from this link. *)
let router_advertisement t ~now ~src (ra : Icmpv6_packet.router_advertisement) =
  if not (Ipaddr.V6.Prefix.mem src Ipaddr.V6.Prefix.link) then (t, [])
  else
    let t = List.fold_left (route ~now ~src) t (routes_of ra) in
    let t = router_found (parameters t ~now ra) ra in
    let t = name_servers t ~now ~src ra.options.name_servers in
    let t, outputs = learn_sender t src ra.options.source in
    List.fold_left (prefix ~now ~src) (t, outputs) ra.options.prefixes
