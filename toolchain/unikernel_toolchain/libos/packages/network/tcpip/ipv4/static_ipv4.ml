(* IPv4 of one address. A packet in goes through three questions: whether it is well
   formed, for us, and from a source that a host can have; then to the protocol above,
   after reassembly if it is a fragment. A packet out needs a next hop's hardware
   address, and waits in a bounded queue while that is resolved (RFC 1122, section
   2.3.2.2). *)

open Lwt.Infix

let src = Logs.Src.create "ipv4" ~doc:"IPv4"

module Log = (val Logs.src_log src : Logs.LOG)

(* A longest datagram fits into the smallest. *)
let fragment_cache_bytes () = max (128 * 1024) (Memory_size.part 64)
let waiting_bytes () = max (96 * 1024) (Memory_size.part 64)
let default_ttl = 64
let max_packet_bytes = 0xffff

module Make
    (R : Mirage_random.S)
    (C : Mirage_clock.MCLOCK)
    (E : Mirage_protocols.ETHERNET)
    (A : Mirage_protocols.ARP) =
struct
  module Resolve = Routing.Make (Log) (A)

  type error = [ Mirage_protocols.Ip.error | `Ethernet of E.error ]

  let pp_error ppf = function
    | #Mirage_protocols.Ip.error as e -> Mirage_protocols.Ip.pp_error ppf e
    | `Ethernet e -> E.pp_error ppf e

  type ipaddr = Ipaddr.V4.t

  let pp_ipaddr = Ipaddr.V4.pp

  type callback = src:ipaddr -> dst:ipaddr -> Cstruct.t -> unit Lwt.t

  type resolved = (Macaddr.t, [ Routing.routing_error | `Evicted ]) result

  type t = {
    ethernet : E.t;
    arp : A.t;
    address : Ipaddr.V4.t;
    network : Ipaddr.V4.Prefix.t;
    gateway : Ipaddr.V4.t option;
    routes : Routing.route list;
    is_valid : unit -> bool;
    mutable fragments : Fragments.Cache.t;
    mutable next_id : int;
    waiting : resolved Resolution_queue.t;
  }

  let get_ip t = [ t.address ]
  let src t ~dst:_ = t.address
  let mtu t = E.mtu t.ethernet - Ipv4_wire.sizeof_ipv4

  let pseudoheader t ?(src = t.address) dst proto length =
    Ipv4_packet.Marshal.pseudoheader ~src ~dst ~proto length

  (* {2 Receiving} *)

  let for_us t dst =
    Ipaddr.V4.compare dst t.address = 0
    || Ipaddr.V4.is_multicast dst
    || Routing.is_broadcast t.network dst

  (* RFC 1122, section 3.2.1.3: no broadcast or multicast address is a source. From our
     own it is a copy, or forged. *)
  let valid_source t src =
    (not (Ipaddr.V4.is_multicast src))
    && (not (Routing.is_broadcast t.network src))
    && Ipaddr.V4.compare src t.address <> 0

  let dispatch ~tcp ~udp ~default (header : Ipv4_packet.t) payload =
    let { Ipv4_packet.src; dst; proto; _ } = header in
    match Ipv4_packet.Unmarshal.int_to_protocol proto with
    | Some `TCP -> tcp ~src ~dst payload
    | Some `UDP -> udp ~src ~dst payload
    | Some `ICMP | None -> default ~proto ~src ~dst payload

  let input t ~tcp ~udp ~default buffer =
    match Ipv4_packet.Unmarshal.of_cstruct buffer with
    | Error why ->
        Log.debug (fun m -> m "dropped: %s" why);
        Lwt.return_unit
    | Ok (header, _) when not (for_us t header.dst && valid_source t header.src) ->
        Lwt.return_unit
    | Ok (header, payload) when header.off land Ipv4_wire.fragment_bits = 0 ->
        dispatch ~tcp ~udp ~default header payload
    | Ok (header, payload) -> (
        let now = C.elapsed_ns () in
        let cache, datagram = Fragments.process t.fragments now header payload in
        t.fragments <- cache;
        match datagram with
        | None -> Lwt.return_unit
        | Some (header, payload) -> dispatch ~tcp ~udp ~default header payload)

  (* {2 Sending} *)

  let sent = function
    | Ok () -> Ok ()
    | Error `Exceeds_mtu -> Error `Would_fragment
    | Error e -> Error (`Ethernet e)

  let blit_all buffers target =
    ignore
      (List.fold_left
         (fun at b ->
            Cstruct.blit b 0 target at (Cstruct.length b);
            at + Cstruct.length b)
         0 buffers)

  (* Writes what [fill] and [buffers] give, and returns its length. *)
  (* [size] bytes are the caller's to fill in place: a header without a copy. *)
  let fill_payload payload ~size fill buffers =
    let used = if size = 0 then 0 else fill (Cstruct.sub payload 0 size) in
    if used > size then invalid_arg "Ipv4.write: more written than announced";
    blit_all buffers (Cstruct.shift payload used);
    used + Cstruct.lenv buffers

  let set_header header ~payload_len packet =
    match Ipv4_packet.Marshal.into_cstruct ~payload_len header packet with
    | Ok () -> ()
    | Error why -> invalid_arg ("Ipv4.write: " ^ why)

  let write_whole t mac header ~size fill buffers =
    let total = Ipv4_wire.sizeof_ipv4 + size + Cstruct.lenv buffers in
    let fill_packet packet =
      let payload = Cstruct.shift packet Ipv4_wire.sizeof_ipv4 in
      let payload_len = fill_payload payload ~size fill buffers in
      set_header header ~payload_len packet;
      Ipv4_wire.sizeof_ipv4 + payload_len
    in
    E.write t.ethernet mac `IPv4 ~size:total fill_packet >|= sent

  let write_fragments t mac header ~size fill buffers =
    let payload = Cstruct.create (size + Cstruct.lenv buffers) in
    let length = fill_payload payload ~size fill buffers in
    let payload = Cstruct.sub payload 0 length in
    let write_one packet =
      let size = Cstruct.length packet in
      let fill buffer =
        Cstruct.blit packet 0 buffer 0 size;
        size
      in
      E.write t.ethernet mac `IPv4 ~size fill >|= sent
    in
    let rec write_each = function
      | [] -> Lwt.return (Ok ())
      | packet :: rest -> (
          write_one packet >>= function
          | Ok () -> write_each rest
          | Error _ as e -> Lwt.return e)
    in
    write_each (Fragments.fragment_all ~mtu:(E.mtu t.ethernet) header payload)

  (* The identification matters for fragments alone (RFC 6864); it begins at random, lest
     it tell how many packets went before. *)
  let header t ~fragment ~ttl ~src dst proto =
    t.next_id <- (t.next_id + 1) land 0xffff;
    {
      Ipv4_packet.src;
      dst;
      id = t.next_id;
      off = (if fragment then 0 else Ipv4_wire.dont_fragment);
      ttl;
      proto = Ipv4_packet.Marshal.protocol_to_int proto;
      options = Cstruct.empty;
    }

  let why_not t dst error =
    let pp = Ipaddr.V4.pp in
    match (error, t.gateway, t.routes) with
    | `Local, _, _ -> Format.asprintf "%a does not answer" pp dst
    | `Gateway, Some g, [] -> Format.asprintf "%a: the gateway %a does not answer" pp dst pp g
    | `Gateway, None, [] ->
        Format.asprintf "%a is outside %a and there is no gateway" pp dst
          Ipaddr.V4.Prefix.pp t.network
    | `Gateway, _, _ :: _ -> Format.asprintf "%a: no router to it answers" pp dst

  let no_route t dst error = Lwt.return (Error (`No_route (why_not t dst error)))

  (* A packet that may not be fragmented goes down whole even above the MTU:
     the interface may segment by itself, and refuses otherwise. *)
  let send t mac ~total ~fragment ~ttl ~src dst proto ~size fill buffers =
    let header = header t ~fragment ~ttl ~src dst proto in
    if total <= E.mtu t.ethernet || not fragment then
      write_whole t mac header ~size fill buffers
    else write_fragments t mac header ~size fill buffers

  let write t ?(fragment = true) ?(ttl = default_ttl) ?(src = t.address) dst proto
      ?(size = 0) fill buffers =
    let total = Ipv4_wire.sizeof_ipv4 + size + Cstruct.lenv buffers in
    if total > max_packet_bytes then Lwt.return (Error `Would_fragment)
    else
      let answer = Resolve.destination_mac ~routes:t.routes t.network t.gateway t.arp dst in
      match Lwt.state answer with
      | Return (Ok mac) -> send t mac ~total ~fragment ~ttl ~src dst proto ~size fill buffers
      | Return (Error e) -> no_route t dst e
      | Fail e -> Lwt.fail e
      | Sleep -> (
          Resolution_queue.wait t.waiting ~bytes:total answer >>= function
          | Ok mac when t.is_valid () ->
              send t mac ~total ~fragment ~ttl ~src dst proto ~size fill buffers
          | Ok _ -> no_route t dst `Local
          | Error `Evicted -> Lwt.return (Ok ())  (* lost, as it might be on the way *)
          | Error ((`Local | `Gateway) as e) -> no_route t dst e)

  let connect ~cidr ?gateway ?(routes = []) ?(is_valid = fun () -> true) ?fragment_cache_size
      ethernet arp =
    let address = Ipaddr.V4.Prefix.address cidr in
    let network = Ipaddr.V4.Prefix.prefix cidr in
    (* Clouds give a network of one address and a gateway on the same link. *)
    let outside g =
      Ipaddr.V4.Prefix.bits network < 32 && not (Ipaddr.V4.Prefix.mem g network)
    in
    match gateway with
    | Some g when outside g ->
        Lwt.fail_with
          (Format.asprintf "IPv4: the gateway %a is not in the network %a of %a" Ipaddr.V4.pp
             g Ipaddr.V4.Prefix.pp network Ipaddr.V4.pp address)
    | _ ->
        A.set_ips arp [ address ] >|= fun () ->
        let cache_bytes =
          match fragment_cache_size with Some bytes -> bytes | None -> fragment_cache_bytes ()
        in
        let fragments = Fragments.Cache.empty cache_bytes in
        let next_id = Cstruct.BE.get_uint16 (R.generate 2) 0 in
        let waiting = Resolution_queue.create ~capacity:(waiting_bytes ()) ~evicted:(Error `Evicted) in
        { ethernet; arp; address; network; gateway; routes; is_valid; fragments; next_id; waiting }

  let disconnect _ = Lwt.return_unit
end
