(* packages: tcpip.ipv6 virtual-network ndp-simulation *)

(* Neighbours that are absent, change, lie, and ask without end, in virtual time.

   One neighbour is good throughout. In half of the runs others lie about it, too.
   Properties: nothing is raised; the host keeps and sends a bounded number of
   things; who is known is served whatever absent ones do; the good neighbour is
   reached within seconds; when lies end, within a minute. *)

open Seeded_runs
open Ndp_host

let ip = Ipaddr.V6.of_string_exn
let same a b = Ipaddr.V6.compare a b = 0
let second = Duration.of_sec 1
let own_mac = Macaddr.of_string_exn "52:54:00:00:00:01"
let static = ip "fd09::2"
let static_group = Ndp_packets.solicited_node static
let all_nodes = ip "ff02::1"
let nobody = Ipaddr.V6.unspecified
let mac_of n = Macaddr.of_octets_exn (Printf.sprintf "\x02\x00\x00\x00\x02%c" (Char.chr n))
let neighbours = Array.init 16 (fun n -> ip (Printf.sprintf "fd09::1:%x" n))
let good = 15
let stranger () = ip (Printf.sprintf "fd09::%x:%x" (1 + below 0xfff) (below 0xffff))

type world = {
  h : t;
  present : bool array;
  station : Macaddr.t array;
  lies : bool;  (** about the good one, too *)
  mutable lying : bool;  (** now *)
  mutable confirmed_at : int64;  (** when the good one last answered *)
  mutable counted_from : int64;
  mutable counted : int;
}

(* The host's own limits: questions, repeated questions (three kinds of neighbours, once in
   half a second at most), answers, errors, groups. *)
let most_in_a_second w =
  let neighbours = Ndp_cache.capacity (context w.h).cache in
  Ndp_context.(solicitations_per_second + advertisements_per_second + errors_per_second) + (2 * neighbours) + 50

let count w at =
  if Int64.sub at w.counted_from >= second then begin
    w.counted_from <- at;
    w.counted <- 0
  end;
  w.counted <- w.counted + 1;
  if w.counted > most_in_a_second w then failwith "more packets than allowed in a second"

(* {2 What neighbours do} *)

let solicit w ?(src = neighbours.(below 15)) ?(target = static) sender =
  let dst = if chance 50 then target else Ndp_packets.solicited_node target in
  let nonce = if chance 10 then Some "abcdef" else None in
  ignore (receive w.h (packet ~src ~dst (Neighbour_solicitation { target; sender; nonce })))

let advertise w ?(dst = static) about mac =
  let flag () = chance 50 in
  let router = flag () and solicited = flag () and override = flag () in
  let a = { Icmpv6_packet.router; solicited; override; about; mac } in
  ignore (receive w.h (packet ~src:about ~dst (Neighbour_advertisement a)))

let victim w = if w.lies && w.lying && chance 50 then good else below 15

let lie w =
  reach "a lie";
  let n = victim w in
  let mac = if chance 80 then Some (mac_of (100 + below 8)) else None in
  if chance 50 then advertise w ~dst:(if chance 50 then static else all_nodes) neighbours.(n) mac
  else solicit w ~src:neighbours.(n) mac

let change_station w =
  reach "another station";
  let n = below 15 in
  w.station.(n) <- mac_of (32 + below 32);
  if chance 50 then advertise w ~dst:all_nodes neighbours.(n) (Some w.station.(n))

let echo w src =
  let request = Icmpv6_packet.Echo_request (1l, Cstruct.create (pick [| 0; 8; 1000 |])) in
  ignore (receive w.h (packet ~hop_limit:64 ~src ~dst:static request))

let flood w =
  reach "a flood";
  let kind = below 4 in
  let many = match below 100 with 0 -> 1500 | 1 | 2 | 3 -> 300 | _ -> pick [| 10; 30; 80 |] in
  for n = 1 to many do
    let src = stranger () in
    match kind with
    | 0 -> solicit w ~src (Some (mac_of (n land 0x7f)))
    | 1 -> solicit w ~src None
    | 2 -> echo w src
    | _ -> ignore (write w.h src)
  done

let detect w =
  let target = if chance 50 then static else Ndp_packets.link_local own_mac in
  let dst = Ndp_packets.solicited_node target in
  let question = Icmpv6_packet.Neighbour_solicitation { target; sender = None; nonce = None } in
  ignore (receive w.h (packet ~src:nobody ~dst question))

let some_query w =
  let code = Int32.shift_left (Int32.of_int (pick [| 0; 1; 1000; 0xffff |])) 16 in
  let tail = if chance 50 then Cstruct.of_string "\x02\x7d\x00\x00" else Cstruct.empty in
  let asked = if chance 50 then nobody else static_group in
  let octets = Cstruct.of_string (Ipaddr.V6.to_octets asked) in
  let message = Icmpv6_packet.Other (130, 0, code, Cstruct.append octets tail) in
  let before = (Cstruct.of_string "\x3a\x00\x05\x02\x00\x00\x01\x00", 0) in
  ignore (receive w.h (packet ~hop_limit:1 ~before ~src:(ip "fe80::1") ~dst:all_nodes message))

let damaged w =
  let p =
    packet ~src:neighbours.(below 15) ~dst:static
      (Neighbour_solicitation { target = static; sender = Some (mac_of 1); nonce = None })
  in
  for _ = 0 to below 3 do
    Cstruct.set_uint8 p (below (Cstruct.length p)) (below 256)
  done;
  ignore (receive w.h (Cstruct.sub p 0 (1 + below (Cstruct.length p))))

(* {2 What is seen} *)

let answer w (s : sent) target =
  match Array.find_opt (fun n -> same neighbours.(n) target) (Array.init 16 Fun.id) with
  | Some n when w.present.(n) && not (same (header s).src nobody) ->
      let station = s.station in
      let asked_itself = Macaddr.compare station w.station.(n) = 0 in
      let is_group = Char.code (Macaddr.to_octets station).[0] land 1 = 1 in
      if asked_itself || is_group then begin
        if n = good then w.confirmed_at <- now w.h;
        let mac = Some w.station.(n) in
        let a = { Icmpv6_packet.router = false; solicited = true; override = true; about = target; mac } in
        ignore (receive w.h (packet ~src:target ~dst:(header s).src (Neighbour_advertisement a)))
      end
  | _ -> ()

let look_at w (s : sent) =
  count w s.at;
  match message s with
  | Some (Neighbour_solicitation { target; _ }) -> answer w s target
  | Some (Neighbour_advertisement _) -> reach "an answer"
  | Some (Echo_reply _) -> reach "an echo"
  | Some (Other ((131 | 143), _, _, _)) -> reach "a report"
  | _ -> ()

let rec look w = match sent w.h with [] -> () | sent -> List.iter (look_at w) sent; look w

let bounded w =
  let cache = (context w.h).cache in
  let within what most n = if n > most then failwith ("too many " ^ what) in
  within "neighbours" (Ndp_cache.capacity cache) (Ndp_cache.size cache);
  within "bytes that wait" (Memory_size.part 128) (Ndp_cache.queued_bytes cache);
  if Ndp_cache.size cache >= Ndp_cache.capacity cache / 2 then reach "half of the room is taken";
  ignore (news w.h)

let pass w ns =
  wait w.h ns ~meanwhile:(fun () -> look w);
  look w

let is_reached w =
  match write w.h neighbours.(good) with
  | Now mac -> Macaddr.compare mac w.station.(good) = 0
  | Later _ | No_route _ -> false

(* Who has answered lately is known, whatever came in between. *)
let still_known w =
  if (not w.lies) && Int64.sub (now w.h) w.confirmed_at < Duration.of_sec 20 then begin
    reach "known in spite of all";
    if not (is_reached w) then failwith "the good neighbour was forgotten"
  end

let rec reached_within w s =
  look w;
  if not (is_reached w) then
    if s = 0 then failwith "the good neighbour is not reached"
    else begin
      look w;
      if not (is_reached w) then begin
        pass w second;
        reached_within w (s - 1)
      end
    end

let times = [| 1_000L; Duration.of_ms 100; second; Duration.of_sec 6; Duration.of_sec 40; Duration.of_hour 3 |]

let step w =
  (match below 20 with
   | 0 | 1 -> solicit w (if chance 50 then Some (mac_of (below 8)) else None)
   | 2 | 3 | 4 -> lie w
   | 5 -> change_station w
   | 6 -> if chance 40 then flood w else echo w neighbours.(below 16)
   | 7 -> detect w
   | 8 -> some_query w
   | 9 -> damaged w
   | 10 ->
       let n = below 15 in
       w.present.(n) <- not w.present.(n)
   | 11 | 12 | 13 ->
       let n = below 15 in
       (match write w.h neighbours.(n) with
        | Now _ -> reach "a neighbour known"
        | Later _ -> reach "a neighbour asked for"
        | No_route _ -> reach "no question more")
   | 14 ->
       pause w.h (pick times);
       reach "a pause"
   | 15 -> if not w.lies then reached_within w 4
   | 16 -> ignore (write w.h neighbours.(good))
   | _ -> pass w (pick times));
  look w;
  still_known w;
  bounded w

let started () =
  let h = create ~random:bytes ~at:(Int64.of_int (below 1_000_000_000)) own_mac in
  change h (fun ~now context ->
      let context = Ndpv6.add_prefix ~now context (Ipaddr.V6.Prefix.make 64 static) in
      Ndpv6.add_ip ~now context static);
  h

let run () =
  Memory_size.set (pick [| 1024 * 1024; 4 * 1024 * 1024 |]);
  let h = started () in
  let w =
    {
      h;
      present = Array.init 16 (fun n -> n = good || chance 50);
      station = Array.init 16 mac_of;
      lies = chance 50;
      lying = true;
      confirmed_at = Int64.neg (Duration.of_hour 1);
      counted_from = -1_000_000_000L;
      counted = 0;
    }
  in
  look w;
  for _ = 1 to 12 + below 12 do
    step w
  done;
  w.lying <- false;
  pass w second;
  reached_within w 60

let () =
  all "neighbours that are absent, change and lie" run;
  reached
    [
      "a lie";
      "another station";
      "a flood";
      "an answer";
      "an echo";
      "a report";
      "half of the room is taken";
      "known in spite of all";
      "a neighbour known";
      "a neighbour asked for";
      "no question more";
      "a pause";
    ]
