module Fragments = struct
  type key = Ipaddr.V6.t * Ipaddr.V6.t * int32

  include Ip_reassembly.Make (struct
    type t = key

    let compare = compare
  end)
end

type news =
  | Settled of Ipaddr.V6.t * Macaddr.t option
  | Name_servers of Ipaddr.V6.t * Ndp_name_servers.servers

type solicitation = { next_at : int64; interval : int64; last_at : int64 }

type t = {
  mac : Macaddr.t;
  handle_ra : bool;
  salt : int;
  addresses : Ndp_addresses.t;
  routes : Ndp_routes.t;
  cache : Ndp_cache.t;
  timing : Ndp_timing.t;
  hop_limit : int;
  mtu : int option;
  fragments : Fragments.t;
  groups : Mld_listener.t;
  name_servers : Ndp_name_servers.t;
  solicitation : solicitation;
  questions : Ndp_rate.t;
  answers : Ndp_rate.t;
  errors : Ndp_rate.t;
  warnings : Ndp_rate.t;
  new_addresses : Ndp_rate.t;
  wake_at : int64;
  news : news list;
}

type output = Macaddr.t * int * (Cstruct.t -> int)

(* At 32 MiB: 1024 neighbours, 256 KiB of packets that wait for them, and 256 KiB
   of fragments. *)
let neighbours_part = 64
let fragments_part = 128
let default_hop_limit = 64
let questions_per_second = 200
let answers_per_second = 500
let errors_per_second = 10
let warnings_per_second = 1
let new_addresses_per_second = 1
let rate ?burst per_second =
  Ndp_rate.create ~per_second ~burst:(Option.value burst ~default:per_second)

let create ~handle_ra ~now ~salt mac =
  let interval = Ndp_timing.router_solicitation_interval in
  {
    mac;
    handle_ra;
    salt;
    addresses = Ndp_addresses.empty;
    routes = Ndp_routes.empty;
    cache = Ndp_cache.create ~bytes:(Memory_size.part neighbours_part);
    timing = Ndp_timing.default;
    hop_limit = default_hop_limit;
    mtu = None;
    fragments = Fragments.empty (Memory_size.part fragments_part);
    groups = Mld_listener.empty;
    name_servers = Ndp_name_servers.empty;
    solicitation =
      {
        next_at = (if handle_ra then now else Ndp_timing.never);
        interval; last_at = Int64.sub now interval;
      };
    questions = rate questions_per_second;
    answers = rate answers_per_second;
    errors = rate errors_per_second;
    warnings = rate warnings_per_second;
    new_addresses = rate new_addresses_per_second ~burst:Ndp_addresses.max_addresses;
    wake_at = now;
    news = [];
  }

(* {2 Chance} *)

(* For times that need not be secret, and for nonces: who knows one can have a
   conflict overlooked, and could as well not have caused it. *)
let share t ~now = Hashtbl.hash (t.salt, now)
let below t ~now ns = Ndp_timing.part ns (share t ~now)

let nonce t ~now =
  let octet i = Char.chr (Hashtbl.hash (t.salt, now, i) land 0xff) in
  String.init 6 octet

(* {2 Addresses} *)

let all_nodes = Ipaddr.V6.of_string_exn "ff02::1"
let all_routers = Ipaddr.V6.of_string_exn "ff02::2"
let all_mld_routers = Ipaddr.V6.of_string_exn "ff02::16"

let interface_id mac =
  let octets = Macaddr.to_octets mac in
  let first = Char.chr (Char.code octets.[0] lxor 2) in
  Printf.sprintf "%c%s\xff\xfe%s" first (String.sub octets 1 2) (String.sub octets 3 3)

let interface_address prefix mac =
  Ndp_addresses.with_interface_id prefix (interface_id mac)

let link_local = interface_address (Ipaddr.V6.Prefix.of_string_exn "fe80::/64")
let solicited_node = Ndp_addresses.solicited_node

let mac_of_multicast ip =
  let octets = Ipaddr.V6.to_octets ip in
  Macaddr.of_octets_exn ("\x33\x33" ^ String.sub octets 12 4)

let same a b = Ipaddr.V6.compare a b = 0
let unspecified = same Ipaddr.V6.unspecified

let accepts t ip =
  if Ipaddr.V6.is_multicast ip then
    same ip all_nodes || Ndp_addresses.listens t.addresses ip
  else Ndp_addresses.mem t.addresses ip

(* {2 Packets} *)

let output mac packet =
  let size = Cstruct.length packet in
  let fill buffer =
    Cstruct.blit packet 0 buffer 0 size;
    size
  in
  (mac, size, fill)

let packet ~hop_limit ~next_header ~src ~dst parts =
  let payload_len = Cstruct.lenv parts in
  let header = { Ipv6_packet.src; dst; hop_limit; next_header } in
  Cstruct.concat (Ipv6_packet.Marshal.make_cstruct ~payload_len header :: parts)

let icmp_number = Ipv6_layout.protocol_to_int `ICMP

let icmp ?(hop_limit = 255) ~src ~dst message =
  let parts = Icmpv6_packet.marshal ~src ~dst message in
  packet ~hop_limit ~next_header:icmp_number ~src ~dst parts

let multicast ~src ~dst message = output (mac_of_multicast dst) (icmp ~src ~dst message)

(* Who may not be the owner of an address says nothing that changes others' caches
   (RFC 4429, section 3.3). *)
let sender t src =
  let unsure = unspecified src || Ndp_addresses.tentative t.addresses src <> None in
  if unsure then None else Some t.mac

(* Without an address of our own it would ask for duplicates instead. *)
let ask t ?station target =
  let src = Ndp_addresses.select t.addresses target in
  let message =
    Icmpv6_packet.Neighbour_solicitation { target; sender = sender t src; nonce = None }
  in
  if unspecified src then []
  else
    match station with
    | Some mac -> [ output mac (icmp ~src ~dst:target message) ]
    | None -> [ multicast ~src ~dst:(solicited_node target) message ]

let ask_routers t =
  let src = Ndp_addresses.select t.addresses all_routers in
  multicast ~src ~dst:all_routers (Router_solicitation (sender t src))

let advertisement t ~dst ip =
  let solicited = not (same dst all_nodes) in
  let override = Ndp_addresses.tentative t.addresses ip = None in
  icmp ~src:ip ~dst
    (Neighbour_advertisement
       { router = false; solicited; override; about = ip; mac = Some t.mac })

let detect_duplicate (own : Ndp_addresses.own) =
  let nonce =
    match own.status with
    | Tentative { nonce; _ } -> Some nonce
    | Assigned | Duplicate _ -> None
  in
  let message =
    Icmpv6_packet.Neighbour_solicitation { target = own.ip; sender = None; nonce }
  in
  multicast ~src:Ipaddr.V6.unspecified ~dst:(solicited_node own.ip) message

(* Hop-by-hop options with "router alert" for MLD, and padding (RFC 3810,
   section 5). *)
let router_alert = Cstruct.of_string "\x3a\x00\x05\x02\x00\x00\x01\x00"

let report t message =
  let src =
    Option.value (Ndp_addresses.link_local t.addresses) ~default:Ipaddr.V6.unspecified
  in
  let dst =
    match message with
    | Mld_packet.Report_1 group -> group
    | Done _ -> all_routers
    | Report_2 _ | Query _ -> all_mld_routers
  in
  let parts = router_alert :: Icmpv6_packet.marshal ~src ~dst (Mld_packet.marshal message) in
  let next_header = Ipv6_layout.hop_by_hop in
  output (mac_of_multicast dst) (packet ~hop_limit:1 ~next_header ~src ~dst parts)

(* {2 Neighbours} *)

let reachable t ip =
  match Ndp_cache.find t.cache ip with
  | Some neighbour -> Option.is_some (Ndp_neighbour.mac neighbour)
  | None -> false

let settled t before ip neighbour =
  match (before, Ndp_neighbour.mac neighbour) with
  | Some (Ndp_neighbour.Incomplete _), Some mac -> Settled (ip, Some mac) :: t.news
  | _ -> t.news

let set_neighbour t ~answered ip neighbour =
  let keep = Ndp_routes.is_router t.routes in
  let news = settled t (Ndp_cache.find t.cache ip) ip neighbour in
  let change = Ndp_cache.set t.cache ~keep ~answered ip neighbour in
  let gone = Option.map (fun ip -> Settled (ip, None)) change.evicted in
  let send mac = List.map (output mac) change.released in
  let t = { t with cache = change.cache; news = Option.to_list gone @ news } in
  (t, Option.fold (Ndp_neighbour.mac neighbour) ~none:[] ~some:send)

(* {2 Time} *)

let deadline t =
  Ndp_cache.deadline t.cache
  |> min (Ndp_addresses.deadline t.addresses)
  |> min (Ndp_routes.deadline t.routes)
  |> min (Mld_listener.deadline t.groups)
  |> min t.solicitation.next_at

let soon t at = if at < t.wake_at then { t with wake_at = at } else t

let solicit_routers t ~now =
  let { next_at; interval; _ } = t.solicitation in
  if now < next_at then (t, [])
  else
    let following = Ndp_timing.next_router_solicitation ~share:(share t ~now) interval in
    let next_at = Int64.add now interval in
    let solicitation = { next_at; interval = following; last_at = now } in
    ({ t with solicitation }, [ ask_routers t ])

(* No oftener than at the beginning, whatever routers come and go. *)
let lost_routers t =
  let interval = Ndp_timing.router_solicitation_interval in
  let next_at = Int64.add t.solicitation.last_at interval in
  if t.solicitation.next_at <= next_at || not t.handle_ra then t
  else { t with solicitation = { t.solicitation with next_at; interval } }

let report_groups t ~now =
  if now < Mld_listener.deadline t.groups then (t, [])
  else
    let groups, reports = Mld_listener.advance t.groups ~now ~random:(below t ~now) in
    ({ t with groups }, List.map (report t) reports)

let has_router t = Ndp_routes.routers t.routes <> []

let same_link_local a b =
  Option.equal same (Ndp_addresses.link_local a) (Ndp_addresses.link_local b)

let listen t ~before ~now =
  if t.addresses == before.addresses then t
  else
    let groups = Mld_listener.listen t.groups ~now (Ndp_addresses.groups t.addresses) in
    let known = same_link_local t.addresses before.addresses in
    { t with groups = (if known then groups else Mld_listener.announce groups ~now) }

let conclude t ~before ~now outputs =
  let t = listen t ~before ~now in
  let t, reports = report_groups t ~now in
  let t = if has_router before && not (has_router t) then lost_routers t else t in
  ({ t with wake_at = deadline t }, reports @ outputs)
