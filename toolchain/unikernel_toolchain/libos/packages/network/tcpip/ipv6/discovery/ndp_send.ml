open Ndp_context
open Ndp_packets

type route = Now of Macaddr.t | Later of Ipaddr.V6.t | No_route of string

(* [reserve]: so many of the questions of a second are for others. *)
let start_resolution t ~now ~reserve ip =
  match Token_bucket.take ~reserve ~now t.solicitations with
  | None -> (t, No_route "too many neighbours are being asked for", [])
  | Some solicitations ->
      let unknown = Ndp_neighbour.incomplete t.timing ~now in
      let t, outputs = set_neighbour { t with solicitations } ~confirmed:false ip unknown in
      (wake_by t (Ndp_cache.deadline t.cache), Later ip, outputs @ solicit t ip)

(* Sending to a stale neighbour begins the probing of RFC 4861, section 7.3.3; the packet
   goes out meanwhile. *)
let to_neighbour t ~now ~reserve ip =
  match Ndp_cache.find t.cache ip with
  | None -> start_resolution t ~now ~reserve ip
  | Some neighbour -> (
      let sending = Ndp_neighbour.packet_sent ~now neighbour in
      match Ndp_neighbour.mac sending with
      | None -> (t, Later ip, [])
      | Some mac when sending == neighbour -> (t, Now mac, [])
      | Some mac ->
          let t, outputs = set_neighbour t ~confirmed:false ip sending in
          (wake_by t (Ndp_cache.deadline t.cache), Now mac, outputs))

let no_router dst = Format.asprintf "no router to reach %a" Ipaddr.V6.pp dst

let route_to t ~now ~reserve dst =
  if Ipaddr.V6.is_multicast dst then (t, Now (mac_of_multicast dst), [])
  else
    match Ndp_routes.next_hop t.routes ~usable:(reachable t) dst with
    | None -> (t, No_route (no_router dst), [])
    | Some ip -> to_neighbour t ~now ~reserve ip

let has_other_route t dst ~than =
  match Ndp_routes.next_hop t.routes ~usable:(reachable t) dst with
  | Some hop -> Ipaddr.V6.compare hop than <> 0
  | None -> false

let route ~now t dst =
  if now < t.wake_at then route_to t ~now ~reserve:0 dst
  else
    let t, first = Ndp_upkeep.tick ~now t in
    let t, route, outputs = route_to t ~now ~reserve:0 dst in
    (t, route, first @ outputs)

(* What waits here are our own answers; packets of programs wait in the shell. *)
let deliver (t, route, outputs) packet =
  match route with
  | Now mac -> (t, outputs @ [ output mac packet ])
  | Later ip -> ({ t with cache = Ndp_cache.queue t.cache ip packet }, outputs)
  | No_route _ -> (t, outputs)

(* Answers leave half of the solicitations to packets of our own. *)
let reserved_solicitations = solicitations_per_second / 2

let answer t ~now dst packet = deliver (route_to t ~now ~reserve:reserved_solicitations dst) packet
