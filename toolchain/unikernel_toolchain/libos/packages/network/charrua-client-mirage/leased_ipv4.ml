(* {!Static_ipv4} made anew for each address. Between leases there is none: nothing is
   sent, and only the DHCP client gets packets. Former addresses are remembered, as
   connections made from them go on trying to send. *)

open Lwt.Infix
module V4 = Ipaddr.V4

let src = Logs.Src.create "leased-ipv4" ~doc:"IPv4 with a leased address"

module Log = (val Logs.src_log src : Logs.LOG)

type lease = {
  config : Mirage_protocols.ipv4_config;
  routes : Routing.route list;
  expires_at : int64 option;
}

type event = Leased of lease | Lost | No_server

let event_of_dhcp = function
  | Dhcp_client_registry.Lost -> Lost
  | No_server -> No_server
  | Leased (ack, expires_at) ->
      let config = Dhcp_config.of_lease ack and routes = Dhcp_config.routes_of_lease ack in
      Leased { config; routes; expires_at }

let same a b = V4.compare a b = 0

let same_route (prefix, router) (prefix', router') =
  V4.Prefix.compare prefix prefix' = 0 && Option.equal same router router'

let same_setup a b =
  same a.config.address b.config.address
  && V4.Prefix.compare a.config.network b.config.network = 0
  && Option.equal same a.config.gateway b.config.gateway
  && List.length a.routes = List.length b.routes
  && List.for_all2 same_route a.routes b.routes

let never = max_int
let max_former = 8
let default_route router = (V4.Prefix.make 0 V4.any, Some router)

(* Clouds give addresses whose router is outside their network. *)
let with_gateway_on_link { config; routes; _ } =
  match config.gateway with
  | Some router when not (V4.Prefix.mem router config.network) ->
      if V4.Prefix.bits config.network < 32 then
        Log.warn (fun m ->
            m "the router %a is outside the network %a, and taken to be on the link" V4.pp router
              V4.Prefix.pp config.network);
      (None, routes @ [ default_route router ])
  | gateway -> (gateway, routes)

module Make
    (R : Mirage_random.S)
    (C : Mirage_clock.MCLOCK)
    (E : Mirage_protocols.ETHERNET)
    (A : Mirage_protocols.ARP) =
struct
  module Ip = Static_ipv4.Make (R) (C) (E) (A)

  type error = Ip.error

  let pp_error = Ip.pp_error

  type ipaddr = Ip.ipaddr

  let pp_ipaddr = Ip.pp_ipaddr

  type callback = Ip.callback

  type validity = { mutable expires_at : int  (** [never]; 0 once the lease is lost *) }

  type t = {
    ethernet : E.t;
    arp : A.t;
    mutable ip : Ip.t;
    mutable lease : lease;
    mutable validity : validity;
    mutable former : V4.t list;  (** addresses that were lost *)
    mutable announcing : bool;  (** an address that will be usable *)
  }

  (* Looked at with every packet: after a pause of the machine a frame may come
     before any timer. *)
  let valid v = v.expires_at = never || Int64.to_int (C.elapsed_ns ()) < v.expires_at
  let usable t = valid t.validity
  let is_lost t = t.validity.expires_at = 0
  let no_address = Error (`No_route "this host has no address at the moment")
  let address_lost = Error (`No_route "the address it is sent from was lost")

  (* With all their arguments: given one by one, each makes a closure. *)
  let write t ?fragment ?ttl ?src dst proto ?size fill buffers =
    if not (usable t) then Lwt.return no_address
    else
      match (t.former, src) with
      | _ :: _, Some ip when List.exists (same ip) t.former -> Lwt.return address_lost
      | _ -> Ip.write t.ip ?fragment ?ttl ?src dst proto ?size fill buffers

  let pseudoheader t ?src dst proto length = Ip.pseudoheader t.ip ?src dst proto length
  let src t ~dst = Ip.src t.ip ~dst
  let get_ip t = if is_lost t then [] else Ip.get_ip t.ip
  let mtu t = Ip.mtu t.ip

  let for_dhcp_client packet =
    match Udp_packet.Unmarshal.of_cstruct packet with
    | Ok (header, _) -> header.dst_port = Dhcp_enum.client_port
    | Error _ -> false

  let deliver t ~src ~dst packet =
    Lwt.return (Dhcp_client_registry.deliver (E.mac t.ethernet) ~src ~dst packet)

  (* Whatever its destination: some servers send to the address they offer. *)
  let input_without_address t packet =
    match Ipv4_packet.Unmarshal.of_cstruct packet with
    | Ok ({ src; dst; proto; off; _ }, packet)
      when Ipv4_packet.Unmarshal.int_to_protocol proto = Some `UDP
        && off land Ipv4_wire.fragment_bits = 0
        && for_dhcp_client packet ->
        deliver t ~src ~dst packet
    | Ok _ | Error _ -> Lwt.return_unit

  let input t ~tcp ~udp ~default packet =
    if usable t then
      let udp ~src ~dst packet =
        if for_dhcp_client packet then deliver t ~src ~dst packet else udp ~src ~dst packet
      in
      Ip.input t.ip ~tcp ~udp ~default packet
    else input_without_address t packet

  (* {2 Changes} *)

  let configured ethernet arp lease validity =
    let { Mirage_protocols.address; network; _ } = lease.config in
    let gateway, routes = with_gateway_on_link lease in
    let cidr = V4.Prefix.make (V4.Prefix.bits network) address in
    Ip.connect ~cidr ?gateway ~routes ~is_valid:(fun () -> valid validity) ethernet arp

  let limit (lease : lease) = Option.fold lease.expires_at ~none:never ~some:Int64.to_int

  let had_address t = not (same V4.any t.lease.config.address)

  let now_former t =
    let old = t.lease.config.address in
    let others = List.filter (fun a -> not (same old a)) t.former in
    if had_address t then List.filteri (fun i _ -> i < max_former) (old :: others) else others

  (* The old address ends before the new one is announced: at no time are there two. *)
  let set_up t lease =
    let level = if had_address t then Logs.Warning else Logs.Info in
    Log.msg level (fun m -> m "the address is now %a" V4.pp lease.config.address);
    let former = now_former t in
    let validity = { expires_at = limit lease } in
    t.validity.expires_at <- 0;
    t.announcing <- true;
    configured t.ethernet t.arp lease validity >|= fun ip ->
    t.announcing <- false;
    t.ip <- ip;
    t.former <- List.filter (fun a -> not (same lease.config.address a)) former;
    t.lease <- lease;
    t.validity <- validity

  let apply_lease t lease =
    if (not (is_lost t)) && same_setup lease t.lease then
      Lwt.return (t.validity.expires_at <- limit lease)
    else set_up t lease

  let release_address t =
    t.validity.expires_at <- 0;
    A.set_ips t.arp []

  let change t = function Leased lease -> apply_lease t lease | Lost -> release_address t | No_server -> Lwt.return_unit

  let make ethernet arp lease validity =
    configured ethernet arp lease validity >|= fun ip ->
    let t = { ethernet; arp; ip; lease; validity; former = []; announcing = false } in
    Arp_station.set_address_check (E.mac ethernet) (fun () -> t.announcing || usable t);
    t

  let first ethernet arp = function
    | Leased lease -> make ethernet arp lease { expires_at = limit lease }
    | Lost | No_server ->
        let station = Macaddr.to_string (E.mac ethernet) in
        Lwt.fail_with
          (Printf.sprintf "IPv4: no address for %s: no DHCP server gave one" station)

  (* Changes take effect one after the other, a loss at once. None of them ends
     the unikernel. *)
  let apply_in_order t =
    let last = ref (Lwt.map ignore t) in
    let broken e = Log.err (fun m -> m "not configured: %s" (Printexc.to_string e)) in
    fun event ->
      (match (Lwt.state t, event) with Return t, Lost -> t.validity.expires_at <- 0 | _ -> ());
      let earlier = !last in
      let change () = earlier >>= fun () -> t >>= fun t -> change t event in
      last := Lwt.catch change (fun e -> Lwt.return (broken e));
      !last

  let connect source ethernet arp =
    let first_event, resolver = Lwt.wait () in
    let t = first_event >>= first ethernet arp in
    let later = apply_in_order t in
    let notify event =
      if Lwt.is_sleeping first_event then Lwt.wakeup_later resolver event
      else ignore (later event : unit Lwt.t)
    in
    source ~notify >>= fun () -> t

  (* As after the loss of a lease that there never was. *)
  let without_lease ethernet arp =
    let config =
      { Mirage_protocols.address = V4.any; network = V4.Prefix.make 32 V4.any; gateway = None }
    in
    Arp_station.set_address_check (E.mac ethernet) (fun () -> false);
    make ethernet arp { config; routes = []; expires_at = None } { expires_at = 0 } >>= fun t ->
    A.set_ips arp [] >|= fun () -> t

  let connect_at_once source ethernet arp =
    without_lease ethernet arp >>= fun t ->
    let configured_once, resolver = Lwt.wait () in
    let later = apply_in_order (Lwt.return t) in
    let notify event =
      let changed = later event in
      let is_first = Lwt.is_sleeping configured_once in
      Lwt.on_success changed (fun () ->
          if is_first && Lwt.is_sleeping configured_once then Lwt.wakeup_later resolver ())
    in
    source ~notify >|= fun () -> (t, configured_once)

  let disconnect t = Ip.disconnect t.ip
end
