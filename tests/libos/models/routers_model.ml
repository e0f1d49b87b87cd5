(* packages: tcpip.ipv6 virtual-network ndp-simulation *)

(* Routers that advertise anything at any time, in virtual time, and a clock that
   jumps. Then one router behaves.

   Properties: nothing is raised; no packet has a source whose lifetime is over,
   also right after a pause; no router is used longer than it said; the host
   keeps and sends a bounded number of things; with a good router it reaches
   the world behind it. *)

open Seeded_runs
open Ndp_host

let ip = Ipaddr.V6.of_string_exn
let same a b = Ipaddr.V6.compare a b = 0
let second = Duration.of_sec 1
let own_mac = Macaddr.of_string_exn "52:54:00:00:00:01"
let own_link_local = Ndp_packets.link_local own_mac
let all_nodes = ip "ff02::1"

let router_ip = Array.init 64 (fun n -> ip (Printf.sprintf "fe80::%x" (n + 1)))
let router_mac n = Macaddr.of_octets_exn (Printf.sprintf "\x02\x00\x00\x00\x01%c" (Char.chr n))
let prefix_of n = Ipaddr.V6.Prefix.make 64 (ip (Printf.sprintf "2001:db8:%x::" n))
let prefixes = Array.init 64 prefix_of
let good = 63
let good_prefix = prefixes.(63)
let outside = ip "2001:db8:3f:1::1"
let for_ever = 0xffff_ffffl

(* What must hold of the packets, computed beside the host. *)
type world = {
  h : t;
  valid_until : (Ipaddr.V6.Prefix.t, int64) Hashtbl.t;
  router_until : int64 array;
  alive : bool array;
  servers : (Ipaddr.V6.t, int) Hashtbl.t;
  mutable counted_from : int64;
  mutable counted : int;
}

let later now s =
  if Int32.equal s for_ever then Int64.max_int
  else Int64.add now (Int64.mul 1_000_000_000L (Int64.logand (Int64.of_int32 s) 0xffff_ffffL))

let two_hours = Duration.of_hour 2

(* The latest end that RFC 4862, section 5.5.3 allows. *)
let note_prefix w (p : Icmpv6_packet.prefix) =
  let now = now w.h in
  let told = later now p.valid_s in
  let sensible = p.autonomous && Int32.unsigned_compare p.preferred_s p.valid_s <= 0 in
  if sensible then
    let until =
      match Hashtbl.find_opt w.valid_until p.prefix with
      | Some known when told < known && told < Int64.add now two_hours ->
          min known (Int64.add now two_hours)
      | _ -> told
    in
    Hashtbl.replace w.valid_until p.prefix until

let is_valid w ~at src =
  Ipaddr.V6.Prefix.mem src Ipaddr.V6.Prefix.link
  || same src Ipaddr.V6.unspecified
  ||
  let prefix = Ipaddr.V6.Prefix.prefix (Ipaddr.V6.Prefix.make 64 src) in
  match Hashtbl.find_opt w.valid_until prefix with Some until -> at < until | None -> false

let most_in_a_second = 60

let count w at =
  if Int64.sub at w.counted_from >= second then begin
    w.counted_from <- at;
    w.counted <- 0
  end;
  w.counted <- w.counted + 1;
  if w.counted > most_in_a_second then failwith "more packets than allowed in a second"

(* {2 What routers do} *)

let lifetimes = [| 0l; 1l; 30l; 600l; 7199l; 7200l; 7201l; 86_400l; for_ever |]

let some_prefix () =
  let valid_s = pick lifetimes and preferred_s = pick lifetimes in
  let in_order = chance 90 && Int32.unsigned_compare preferred_s valid_s > 0 in
  {
    Icmpv6_packet.prefix =
      (if chance 95 then prefixes.(below 8)
       else Ipaddr.V6.Prefix.of_string_exn (pick [| "::/0"; "ff00::/8"; "fe80::/64"; "2400::/12" |]));
    on_link = chance 80;
    autonomous = chance 80;
    valid_s;
    preferred_s = (if in_order then valid_s else preferred_s);
  }

let some_route () =
  {
    Ndp_options.destination = Ipaddr.V6.Prefix.make 48 (Ipaddr.V6.Prefix.network prefixes.(below 8));
    preference = below 3 - 1;
    lifetime_s = pick lifetimes;
  }

let some_options n =
  {
    Ndp_options.none with
    source = (if chance 80 then Some (router_mac n) else None);
    mtu = (if chance 20 then Some (pick [| 0; 576; 1279; 1280; 1400; 9000 |]) else None);
    prefixes = List.init (below 4) (fun _ -> some_prefix ());
    routes = (if chance 20 then List.init (below 3) (fun _ -> some_route ()) else []);
    name_servers =
      (if chance 30 then List.init (below 4) (fun i -> (router_ip.(i), pick lifetimes)) else []);
  }

let advertise w ?(hop_limit = 255) ?src n (ra : Icmpv6_packet.router_advertisement) =
  let believed = hop_limit = 255 && src = None in
  let src = Option.value src ~default:router_ip.(n) in
  if believed then begin
    List.iter (note_prefix w) ra.options.prefixes;
    w.router_until.(n) <- later (now w.h) (Int32.of_int ra.router_lifetime_s)
  end;
  ignore (receive w.h (packet ~hop_limit ~src ~dst:all_nodes (Router_advertisement ra)))

let some_advertisement n =
  {
    Icmpv6_packet.hop_limit = pick [| 0; 1; 31; 64; 255 |];
    preference = below 3 - 1;
    router_lifetime_s = pick [| 0; 1; 30; 1800; 9000; 65_535 |];
    reachable_ms = pick [| 0l; 1l; 30_000l; 0x7fff_ffffl; 0xffff_ffffl |];
    retrans_ms = pick [| 0l; 1l; 500l; 1000l; 0xffff_ffffl |];
    options = some_options n;
  }

let flood w =
  reach "a flood of advertisements";
  for _ = 1 to 40 do
    let n = 8 + below 50 in
    let ra = some_advertisement n in
    let p () = { (some_prefix ()) with prefix = prefixes.(8 + below 50) } in
    advertise w n { ra with options = { ra.options with prefixes = [ p (); p () ] } }
  done

let no_router_any_more w n =
  reach "a router that ceases to be one";
  let about = router_ip.(n) and mac = Some (router_mac n) in
  let a = { Icmpv6_packet.router = false; solicited = false; override = true; about; mac } in
  ignore (receive w.h (packet ~src:about ~dst:all_nodes (Neighbour_advertisement a)))

let claim_address w =
  match Ndpv6.get_ip (context w.h) with
  | [] -> ()
  | own ->
      let about = List.nth own (below (List.length own)) in
      let mac = Some (router_mac 1) in
      let a = { Icmpv6_packet.router = false; solicited = false; override = true; about; mac } in
      let before = List.length own in
      ignore (receive w.h (packet ~src:router_ip.(1) ~dst:all_nodes (Neighbour_advertisement a)));
      if List.length (Ndpv6.get_ip (context w.h)) < before then reach "an address given up"

let echo w =
  let dst = Ndp_packets.interface_address prefixes.(below 8) own_mac in
  let request = Icmpv6_packet.Echo_request (1l, Cstruct.create 8) in
  ignore (receive w.h (packet ~hop_limit:64 ~src:router_ip.(below 4) ~dst request))

(* {2 What is seen} *)

let answer_solicitation w (s : sent) target =
  match Array.find_opt (fun n -> same router_ip.(n) target) (Array.init 64 Fun.id) with
  | Some n when w.alive.(n) ->
      let a =
        { Icmpv6_packet.router = true; solicited = true; override = true; about = target; mac = Some (router_mac n) }
      in
      let dst = (header s).src in
      if not (same dst Ipaddr.V6.unspecified) then
        ignore (receive w.h (packet ~src:target ~dst (Neighbour_advertisement a)))
  | _ -> ()

let look_at w (s : sent) =
  count w s.at;
  let src = Ipv6_layout.source s.packet in
  if not (is_valid w ~at:s.at src) then
    failwith ("from an address that is over: " ^ Ipaddr.V6.to_string src);
  match message s with
  | Some (Neighbour_solicitation { target; _ }) -> answer_solicitation w s target
  | Some (Router_solicitation _) -> reach "routers asked for"
  | Some (Echo_reply _) -> reach "an echo from an advertised address"
  | _ -> ()

let rec look w = match sent w.h with [] -> () | sent -> List.iter (look_at w) sent; look w

let hear_news w =
  let hear = function
    | Ndpv6.Name_servers (router, []) -> Hashtbl.remove w.servers router
    | Name_servers (router, servers) -> Hashtbl.replace w.servers router (List.length servers)
    | Resolved _ -> ()
  in
  List.iter hear (news w.h);
  if Hashtbl.length w.servers > Ndp_name_servers.max_routers then
    failwith "name servers of too many routers"

let bounded w =
  let c = context w.h in
  let within what most n = if n > most then failwith ("too many " ^ what) in
  within "addresses" (1 + Ndp_addresses.max_addresses) (List.length (Ndpv6.get_ip c));
  within "prefixes" Ndp_routes.max_prefixes (List.length (Ndpv6.get_prefix c));
  within "routers" (Ndp_routes.max_routers + Ndp_routes.max_routes) (List.length (Ndpv6.get_routers c));
  within "neighbours" (Ndp_cache.capacity c.cache) (Ndp_cache.size c.cache);
  within "packets" 1_000_000 (Ndp_cache.queued_bytes c.cache);
  if Ndpv6.hop_limit c < 32 then failwith "a hop limit that leads nowhere";
  match Ndpv6.mtu c with
  | Some mtu when mtu < 1280 -> failwith "an MTU too small for IPv6"
  | _ -> ()

(* Called when no deadline is behind. *)
let current_routers w =
  let is_over router =
    match Array.find_opt (fun n -> same router_ip.(n) router) (Array.init 64 Fun.id) with
    | Some n -> now w.h >= w.router_until.(n)
    | None -> true
  in
  if List.exists is_over (Ndpv6.get_routers (context w.h)) then failwith "a router that is over"

let try_to_write w dst =
  (match write w.h dst with
   | Now _ -> reach "a way out"
   | Later _ -> reach "a router asked for its station"
   | No_route _ -> reach "no way out");
  current_routers w;
  let src = Ndpv6.select_source (context w.h) dst in
  if not (is_valid w ~at:(now w.h) src) then failwith "an old source is selected"

let pass w ns =
  wait w.h ns ~meanwhile:(fun () -> look w);
  look w

let step w =
  let n = below 4 in
  (match below 20 with
   | 0 | 1 | 2 | 3 | 4 | 5 | 6 -> advertise w n (some_advertisement n)
   | 7 -> advertise w n ~hop_limit:254 (some_advertisement n)
   | 8 -> advertise w n ~src:(ip "2001:db8::1") (some_advertisement n)
   | 9 -> if chance 15 then flood w else w.alive.(n) <- not w.alive.(n)
   | 10 -> no_router_any_more w n
   | 11 -> claim_address w
   | 12 -> echo w
   | 13 | 14 -> try_to_write w outside
   | 15 ->
       pause w.h (pick [| second; Duration.of_min 1; Duration.of_hour 1; Duration.of_day 1 |]);
       reach "a pause";
       if chance 50 then echo w else try_to_write w outside
   | _ ->
       pass w (pick [| 1_000L; Duration.of_ms 100; second; Duration.of_sec 5; Duration.of_sec 40; Duration.of_min 10 |]));
  look w;
  hear_news w;
  bounded w

(* {2 A good router in the end} *)

let good_advertisement () =
  let p =
    { Icmpv6_packet.prefix = good_prefix; on_link = true; autonomous = true; valid_s = 7200l; preferred_s = 3600l }
  in
  {
    Icmpv6_packet.hop_limit = 64;
    preference = 0;
    router_lifetime_s = 1800;
    reachable_ms = 0l;
    retrans_ms = 0l;
    options = { Ndp_options.none with source = Some (router_mac good); prefixes = [ p ] };
  }

let is_good w =
  match write w.h outside with
  | Now mac when Macaddr.compare mac (router_mac good) = 0 ->
      Ipaddr.V6.Prefix.mem (Ndpv6.select_source (context w.h) outside) good_prefix
  | _ -> false

let is_full w =
  List.length (Ndpv6.get_ip (context w.h)) >= Ndp_addresses.max_addresses

let longest_wait_s = 200

let rec recover w s =
  if s mod 10 = 0 then advertise w good (good_advertisement ());
  look w;
  if not (is_good w) then
    if s < longest_wait_s then begin
      pass w second;
      recover w (s + 1)
    end
    else if is_full w then begin
      reach "addresses of routers long silent give way";
      pass w (Duration.of_min 125);
      recover_full w
    end
    else failwith "the good router is not used"

and recover_full w =
  advertise w good (good_advertisement ());
  pass w (Duration.of_sec 5);
  ignore (is_good w);
  pass w second;
  if not (is_good w) then failwith "the good router is not used after two hours"

let run () =
  Memory_size.set (if chance 50 then 2 * 1024 * 1024 else 32 * 1024 * 1024);
  let h = create ~random:bytes ~at:(Int64.of_int (below 1_000_000_000)) own_mac in
  let w =
    {
      h;
      valid_until = Hashtbl.create 7;
      router_until = Array.make 64 0L;
      alive = Array.init 64 (fun n -> n < 4 && chance 70);
      servers = Hashtbl.create 7;
      counted_from = -1_000_000_000L;
      counted = 0;
    }
  in
  look w;
  for _ = 1 to 8 + below 12 do
    step w
  done;
  pass w second;
  Array.fill w.alive 0 64 false;
  w.alive.(good) <- true;
  recover w 0

let () =
  all "routers that advertise anything" run;
  reached
    [
      "a flood of advertisements";
      "a router that ceases to be one";
      "an address given up";
      "an echo from an advertised address";
      "routers asked for";
      "a pause";
      "a way out";
      "a router asked for its station";
      "no way out";
      "addresses of routers long silent give way";
    ]
