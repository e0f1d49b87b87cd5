(* packages: ethernet arp-mirage tcpip.ipv4 unikernel-memory virtual-network *)

(* Neighbours that are absent, move, and lie, in virtual time.

   Each run has a number, from which all chance in it comes: STACK_RUN=n repeats one.
   STACK_RUNS (100,000) is how many there are, STACK_SEED shifts them. A host sends to
   some neighbours that are there, to hundreds that are not, and hears from others that
   claim addresses of either, its own, or thousands of new ones.

   Properties: nothing is raised; a neighbour that was served lately is served at once,
   one that is there is served soon, and one that has moved is found again; requests and
   announcements are bounded in every second; so is memory. *)

open Lwt.Infix
open Case
open Seeded_runs
module Time = Virtual_time.Time
module Eth = Ethernet.Make (Virtual_net)
module Arp4 = Arp.Make (Eth) (Time)

let seconds = Duration.of_sec
let ms = Duration.of_ms
let now = Virtual_time.now_ns

module Chance = struct
  type g = unit

  let generate ?g:_ n = Cstruct.of_string (String.init n (fun _ -> Char.chr (below 256)))
end

module Ip = Static_ipv4.Make (Chance) (Virtual_time.Mclock) (Eth) (Arp4)

(* {2 The link} *)

let address n = Ipaddr.V4.of_int32 (Int32.of_int (0x0a000000 + n))
let mac n = Macaddr.of_octets_exn (Printf.sprintf "\x02\x00\x00\x00%c%c" (Char.chr (n lsr 8)) (Char.chr (n land 255)))
let host_mac = mac 1
let host = address 1
let gateway = address 254
let outside = Ipaddr.V4.of_string_exn "192.0.2.1"

type neighbour = {
  ip : Ipaddr.V4.t;
  mutable at : Macaddr.t;
  mutable moved_at : int64;
  mutable served_at : int64;  (** the latest packet that reached it *)
  mutable silent : bool;
}

type world = {
  net : Virtual_net.t;  (** of all stations but the host *)
  ip : Ip.t;
  arp : Arp4.t;
  neighbours : neighbour list;
  requests : int64 Queue.t;  (** when the host sent those of the latest second *)
}

(* Three ticks touch a second; besides, each entry of the cache may be asked for again. *)
let capacity = 64
let most_in_a_second = (3 * Arp_handler.max_requests) + capacity

let arp ?(mac_from = mac 7) ?(target = Ipaddr.V4.any) ?(to_ = Macaddr.broadcast) operation source_ip =
  let packet =
    { Arp_packet.operation; source_mac = mac_from; source_ip; target_mac = host_mac; target_ip = target }
  in
  Cstruct.append
    (Ethernet_packet.Marshal.make_cstruct { source = mac_from; destination = to_; ethertype = `ARP })
    (Arp_packet.encode packet)

(* {2 What the host sends} *)

let rec drop_old requests =
  match Queue.peek_opt requests with
  | Some at when Int64.sub (now ()) at >= seconds 1 ->
      ignore (Queue.pop requests);
      drop_old requests
  | Some _ | None -> ()

let count w =
  drop_old w.requests;
  Queue.add (now ()) w.requests;
  check "too many ARP requests in a second" (Queue.length w.requests <= most_in_a_second)

let reply_of (n : neighbour) (p : Arp_packet.t) =
  arp ~mac_from:n.at ~target:p.source_ip ~to_:p.source_mac Reply n.ip

(* Unicast requests reach only the station they are for. *)
let ask w destination (p : Arp_packet.t) =
  let here (n : neighbour) =
    Ipaddr.V4.compare n.ip p.target_ip = 0
    && (not n.silent)
    && ((not (Macaddr.is_unicast destination)) || Macaddr.compare destination n.at = 0)
  in
  List.iter (fun n -> if here n then Virtual_net.inject w.net (reply_of n p)) w.neighbours

let arrive w destination =
  let reached (n : neighbour) = if Macaddr.compare n.at destination = 0 then n.served_at <- now () in
  List.iter reached w.neighbours

let hear w frame =
  (match Ethernet_packet.Unmarshal.of_cstruct frame with
   | Ok ({ ethertype = `ARP; destination; _ }, payload) -> (
       match Arp_packet.decode payload with
       | Ok ({ operation = Request; _ } as p) ->
           count w;
           ask w destination p
       | Ok _ | Error _ -> ())
   | Ok ({ destination; _ }, _) -> arrive w destination
   | Error _ -> ());
  Lwt.return_unit

(* {2 What happens} *)

let send w dst = Lwt.async (fun () -> Lwt.map ignore (Ip.write w.ip dst `UDP (fun _ -> 0) [ Cstruct.create 100 ]))
let destination (n : neighbour) = if Ipaddr.V4.compare n.ip gateway = 0 then outside else n.ip

(* Known by a packet that reached it in the latest 25 s, and no claim since. *)
let is_known (n : neighbour) = n.served_at > n.moved_at && Int64.sub (now ()) n.served_at < seconds 25

let rec served_within w (n : neighbour) ~tries ~pause =
  let before = now () in
  send w (destination n);
  Time.sleep_ns pause >>= fun () ->
  if n.served_at >= before then Lwt.return_unit
  else if tries = 0 then failwith (Format.asprintf "%a is not served" Ipaddr.V4.pp n.ip)
  else served_within w n ~tries:(tries - 1) ~pause

(* One that has moved without a word is found when its entry ends. *)
let serve w (n : neighbour) =
  if is_known n then (reach "known"; served_within w n ~tries:0 ~pause:(ms 1))
  else if n.moved_at > 0L then (reach "moved"; served_within w n ~tries:17 ~pause:(seconds 2))
  else (reach "new"; served_within w n ~tries:4 ~pause:(seconds 2))

let absent () = address (0x1000 + below 300)

let flood w =
  reach "absent";
  for _ = 1 to 1 + below (pick_of [ 10; 10; 10; 150 ]) do
    send w (absent ())
  done

let lie w =
  reach "lie";
  let about = pick_of (host :: gateway :: absent () :: List.map (fun (n : neighbour) -> n.ip) w.neighbours) in
  let mac_from = pick_of [ mac 7; mac 8; Macaddr.broadcast; mac 0x101; host_mac ] in
  let target = pick_of [ host; about; Ipaddr.V4.any ] in
  Virtual_net.inject w.net (arp ~mac_from ~target (pick_of [ Arp_packet.Request; Reply ]) about)

let crowd w =
  reach "crowd";
  for _ = 1 to 1 + below (pick_of [ 10; 10; 10; 100 ]) do
    let source = address (0x8000 + below 20_000) in
    Virtual_net.inject w.net (arp ~mac_from:(mac (below 60_000)) ~target:host Request source);
    if with_probability 0.1 then send w source
  done

let move w =
  reach "move";
  let n = pick_of w.neighbours in
  n.at <- mac (0x200 + below 1000);
  n.moved_at <- now ();
  if with_probability 0.7 then Virtual_net.inject w.net (arp ~mac_from:n.at ~target:n.ip Request n.ip)

let happen w =
  match below 10 with
  | 0 | 1 -> flood w; Lwt.return_unit
  | 2 | 3 -> for _ = 0 to below 6 do lie w done; Lwt.return_unit
  | 4 -> crowd w; Lwt.return_unit
  | 5 -> if with_probability 0.3 then move w; Lwt.return_unit
  | _ -> serve w (pick_of w.neighbours)

let rec events w n =
  if n = 0 then Lwt.return_unit
  else
    Time.sleep_ns (Int64.of_int (below (pick_of [ 1_000_000; 600_000_000; 4_000_000_000 ]))) >>= fun () ->
    happen w >>= fun () -> events w (n - 1)

(* {2 Runs} *)

let world segment =
  Virtual_net.connect segment host_mac >>= fun net ->
  Eth.connect net >>= fun eth ->
  Arp4.connect eth >>= fun arp ->
  Ip.connect ~cidr:(Ipaddr.V4.Prefix.make 8 host) ~gateway eth arp >>= fun ip ->
  let drop ~src:_ ~dst:_ _ = Lwt.return_unit in
  let ipv4 = Ip.input ip ~tcp:drop ~udp:drop ~default:(fun ~proto:_ -> drop) in
  let input = Eth.input ~arpv4:(Arp4.input arp) ~ipv4 ~ipv6:(fun _ -> Lwt.return_unit) eth in
  Lwt.async (fun () -> Lwt.map ignore (Virtual_net.listen net ~header_size:14 input));
  Virtual_net.connect segment (mac 99) >|= fun net ->
  let neighbour n =
    { ip = address n; at = mac (0x100 + n); moved_at = 0L; served_at = -1L; silent = false }
  in
  let w = { net; ip; arp; neighbours = List.map neighbour [ 2; 3; 4; 254 ]; requests = Queue.create () } in
  Lwt.async (fun () -> Lwt.map ignore (Virtual_net.listen net ~header_size:14 (hear w)));
  w

let most_words = 150_000

let told frame =
  match Ethernet_packet.Unmarshal.of_cstruct frame with
  | Ok ({ ethertype = `ARP; _ }, payload) ->
      let shown = Result.map (Format.asprintf "%a" Arp_packet.pp) (Arp_packet.decode payload) in
      Printf.printf "%10.4f %s\n" (Int64.to_float (now ()) /. 1e9) (Result.value shown ~default:"?")
  | Ok (header, _) ->
      Format.printf "%10.4f %a@." (Int64.to_float (now ()) /. 1e9) Ethernet_packet.pp header
  | Error _ -> ()

let run () =
  let raised = ref None in
  Lwt.async_exception_hook := (fun e -> if !raised = None then raised := Some e);
  Virtual_time.run ~limit_s:100_000 (fun () ->
      let segment = Virtual_net.segment () in
      if only >= 0 then Virtual_net.watch segment told;
      world segment >>= fun w ->
      events w (4 + below 10) >|= fun () ->
      if number () mod 500 = 0 then
        let words = Obj.reachable_words (Obj.repr w.arp) in
        check (Printf.sprintf "%d words of memory" words) (words < most_words));
  Option.iter raise !raised

let () =
  Memory_size.set (4 * 1024 * 1024);
  all "neighbours of all kinds" run;
  reached
    [ "known"; "moved"; "new"; "absent"; "lie"; "crowd"; "move" ]
