(* Everything that a host knows of its link, as one immutable value: whatever happens
   makes a new one and a list of packets. What strangers can fill is bounded by parts of
   the memory, and what they can make us send by token buckets. *)

module Fragments = struct
  type key = Ipaddr.V6.t * Ipaddr.V6.t * int32

  include Ip_reassembly.Make (struct
      type t = key

      module Source = Ipaddr.V6

      let source (src, _, _) = src

      let compare (src, dst, id) (src', dst', id') =
        match Ipaddr.V6.compare src src' with
        | 0 -> (
            match Int32.compare id id' with 0 -> Ipaddr.V6.compare dst dst' | order -> order)
        | order -> order
    end)
end

open Ndp_packets

type notification =
  | Resolved of Ipaddr.V6.t * Macaddr.t option
  | Name_servers of Ipaddr.V6.t * Ndp_name_servers.servers

type solicitation = { next_at : int64; interval : int64; last_at : int64 }

type t = {
  mac : Macaddr.t;
  handle_ra : bool;
  salt : int;
  addresses : Ndp_addresses.t;
  invalid : Ipaddr.V6.t list;
  routes : Ndp_routes.t;
  cache : Ndp_cache.t;
  timing : Ndp_timing.t;
  hop_limit : int;
  mtu : int option;
  fragments : Fragments.t;
  groups : Mld_listener.t;
  name_servers : Ndp_name_servers.t;
  solicitation : solicitation;
  solicitations : Token_bucket.t;
  advertisements : Token_bucket.t;
  errors : Token_bucket.t;
  warnings : Token_bucket.t;
  new_addresses : Token_bucket.t;
  wake_at : int64;
  notifications : notification list;
}

(* At 32 MiB: 1024 neighbours, 256 KiB of packets that wait for them, and 256 KiB
   of fragments. *)
let neighbours_part = 64
let fragments_part = 128
let default_hop_limit = 64
let solicitations_per_second = 200
let advertisements_per_second = 500
let errors_per_second = 10
let warnings_per_second = 1
let new_addresses_per_second = 1
let rate ?burst per_second =
  Token_bucket.create ~per_second ~burst:(Option.value burst ~default:per_second)

let create ~handle_ra ~now ~salt mac =
  let interval = Ndp_timing.router_solicitation_interval in
  {
    mac;
    handle_ra;
    salt;
    addresses = Ndp_addresses.empty;
    invalid = [];
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
    solicitations = rate solicitations_per_second;
    advertisements = rate advertisements_per_second;
    errors = rate errors_per_second;
    warnings = rate warnings_per_second;
    new_addresses = rate new_addresses_per_second ~burst:Ndp_addresses.max_addresses;
    wake_at = now;
    notifications = [];
  }

(* {2 Chance} *)

(* For times that need not be secret, and for nonces: who knows one can have a
   conflict overlooked, and could as well not have caused it. *)
let share t ~now = Hashtbl.hash (t.salt, now)
let below t ~now ns = Ndp_timing.part ns (share t ~now)

let nonce t ~now =
  let octet i = Char.chr (Hashtbl.hash (t.salt, now, i) land 0xff) in
  String.init 6 octet

let accepts t ip =
  if Ipaddr.V6.is_multicast ip then
    same ip all_nodes || Ndp_addresses.listens t.addresses ip
  else Ndp_addresses.mem t.addresses ip

(* {2 Messages} *)

(* Who may not be the owner of an address says nothing that changes others' caches
   (RFC 4429, section 3.3). *)
let sender t src =
  let unsure = unspecified src || Ndp_addresses.tentative t.addresses src <> None in
  if unsure then None else Some t.mac

(* Without an address of our own it would ask for duplicates instead. *)
let solicit t ?station target =
  let src = Ndp_addresses.select t.addresses target in
  let message =
    Icmpv6_packet.Neighbour_solicitation { target; sender = sender t src; nonce = None }
  in
  if unspecified src then []
  else
    match station with
    | Some mac -> [ output mac (icmp ~src ~dst:target message) ]
    | None -> [ multicast ~src ~dst:(solicited_node target) message ]

let solicit_all_routers t =
  let src = Ndp_addresses.select t.addresses all_routers in
  multicast ~src ~dst:all_routers (Router_solicitation (sender t src))

let advertisement t ~dst ip =
  let solicited = not (same dst all_nodes) in
  let override = Ndp_addresses.tentative t.addresses ip = None in
  icmp ~src:ip ~dst
    (Neighbour_advertisement
       { router = false; solicited; override; about = ip; mac = Some t.mac })

(* {2 Neighbours} *)

let reachable t ip =
  match Ndp_cache.find t.cache ip with
  | Some neighbour -> Option.is_some (Ndp_neighbour.mac neighbour)
  | None -> false

let resolved t before ip neighbour =
  match (before, Ndp_neighbour.mac neighbour) with
  | Some (Ndp_neighbour.Incomplete _), Some mac -> Resolved (ip, Some mac) :: t.notifications
  | _ -> t.notifications

let is_invalid t ip =
  match t.invalid with [] -> false | invalid -> List.exists (same ip) invalid

(* A packet may have waited for longer than its source lasted. *)
let still_valid t packets =
  if t.invalid = [] then packets
  else List.filter (fun packet -> not (is_invalid t (Ipv6_layout.source packet))) packets

(* Routers are kept: without them everything behind them is lost. *)
let set_neighbour t ~confirmed ip neighbour =
  let keep = Ndp_routes.is_router t.routes in
  let notifications = resolved t (Ndp_cache.find t.cache ip) ip neighbour in
  let change = Ndp_cache.set t.cache ~keep ~confirmed ip neighbour in
  let gone = Option.map (fun ip -> Resolved (ip, None)) change.evicted in
  let send mac = List.map (output mac) (still_valid t change.released) in
  let t = { t with cache = change.cache; notifications = Option.to_list gone @ notifications } in
  (t, Option.fold (Ndp_neighbour.mac neighbour) ~none:[] ~some:send)

let wake_by t at = if at < t.wake_at then { t with wake_at = at } else t
