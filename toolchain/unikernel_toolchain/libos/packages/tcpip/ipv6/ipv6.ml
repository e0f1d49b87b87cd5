open Lwt.Infix

let src = Logs.Src.create "ipv6" ~doc:"IPv6"

module Log = (val Logs.src_log src : Logs.LOG)

let tick_ns = Duration.of_sec 1
let max_payload_bytes = 0xffff
let max_waiting = 256

module Make
    (E : Mirage_protocols.ETHERNET)
    (R : Mirage_random.S)
    (T : Mirage_time.S)
    (Clock : Mirage_clock.MCLOCK) =
struct
  type error = [ Mirage_protocols.Ip.error | `Ethernet of E.error ]

  let pp_error ppf = function
    | #Mirage_protocols.Ip.error as e -> Mirage_protocols.Ip.pp_error ppf e
    | `Ethernet e -> E.pp_error ppf e

  type ipaddr = Ipaddr.V6.t

  let pp_ipaddr = Ipaddr.V6.pp

  type callback = src:ipaddr -> dst:ipaddr -> Cstruct.t -> unit Lwt.t

  type t = {
    ethernet : E.t;
    handle_ra : bool;
    mutable context : Ndpv6.context;
    changed : unit Lwt_condition.t;  (** the context, by input or time *)
    mutable waiting : int;
    mutable ticking : unit Lwt.t;
  }

  let now = Clock.elapsed_ns
  let random n = R.generate n
  let get_ip t = Ndpv6.get_ip t.context
  let src t ~dst = Ndpv6.select_source ~now:(now ()) t.context dst
  let mtu t = E.mtu t.ethernet - Ipv6_wire.sizeof_ipv6

  let pseudoheader t ?src:source dst proto length =
    let src = match source with Some src -> src | None -> src t ~dst in
    let proto = Ipv6_wire.protocol_to_int proto in
    Ipv6_packet.Marshal.pseudoheader ~src ~dst ~proto length

  (* {2 Sending} *)

  let sent = function
    | Ok () -> Ok ()
    | Error `Exceeds_mtu -> Error `Would_fragment
    | Error e -> Error (`Ethernet e)

  let write_frame t mac ~size fill = E.write t.ethernet mac `IPv6 ~size fill >|= sent

  let write_packet t mac packet =
    let size = Cstruct.length packet in
    let fill buffer =
      Cstruct.blit packet 0 buffer 0 size;
      size
    in
    write_frame t mac ~size fill

  let fragments t packet =
    let id = Cstruct.BE.get_uint32 (R.generate 4) 0 in
    Ipv6_fragmentation.fragment ~mtu:(E.mtu t.ethernet) ~id packet

  let rec write_each t mac = function
    | [] -> Lwt.return (Ok ())
    | packet :: rest -> (
        write_packet t mac packet >>= function
        | Ok () -> write_each t mac rest
        | Error _ as e -> Lwt.return e)

  let whole_packet size fill =
    let packet = Cstruct.create size in
    Cstruct.sub packet 0 (fill packet)

  let output t (mac, size, fill) =
    let written =
      if size <= E.mtu t.ethernet then write_frame t mac ~size fill
      else write_each t mac (fragments t (whole_packet size fill))
    in
    written >|= function
    | Ok () -> ()
    | Error e -> Log.debug (fun m -> m "not sent: %a" pp_error e)

  let outputs t = Lwt_list.iter_s (output t)

  let fill_packet header ~size fill buffers packet =
    let payload = Cstruct.shift packet Ipv6_wire.sizeof_ipv6 in
    let used = if size = 0 then 0 else fill (Cstruct.sub payload 0 size) in
    if used > size then invalid_arg "Ipv6.write: more written than announced";
    let blit at b =
      Cstruct.blit b 0 payload at (Cstruct.length b);
      at + Cstruct.length b
    in
    let payload_len = List.fold_left blit used buffers in
    match Ipv6_packet.Marshal.into_cstruct ~payload_len header packet with
    | Ok () -> Ipv6_wire.sizeof_ipv6 + payload_len
    | Error why -> invalid_arg ("Ipv6.write: " ^ why)

  (* A packet that may not be fragmented goes down whole even above the MTU:
     the interface may segment by itself, and refuses otherwise. *)
  let write_now t mac ~fragment ~size fill_packet =
    if size <= E.mtu t.ethernet || not fragment then write_frame t mac ~size fill_packet
    else write_each t mac (fragments t (whole_packet size fill_packet))

  let rec answer t neighbour =
    match Ndpv6.neighbour t.context neighbour with
    | `Known mac -> Lwt.return (Ok mac)
    | `Unknown ->
        let why = Format.asprintf "%a does not answer" Ipaddr.V6.pp neighbour in
        Lwt.return (Error (`No_route why))
    | `Asked -> Lwt_condition.wait t.changed >>= fun () -> answer t neighbour

  let wait_for t neighbour =
    if t.waiting >= max_waiting then
      Lwt.return (Error (`No_route "too many packets wait for neighbours"))
    else begin
      t.waiting <- t.waiting + 1;
      answer t neighbour >|= fun answer ->
      t.waiting <- t.waiting - 1;
      answer
    end

  let resolve t dst =
    let context, route, solicitations = Ndpv6.route ~now:(now ()) t.context dst in
    t.context <- context;
    outputs t solicitations >>= fun () ->
    match route with
    | Now mac -> Lwt.return (Ok mac)
    | Later neighbour -> wait_for t neighbour
    | No_route ->
        let why = Format.asprintf "no router to reach %a" Ipaddr.V6.pp dst in
        Lwt.return (Error (`No_route why))

  let routed t ~fragment ~size dst fill_packet =
    resolve t dst >>= function
    | Ok mac -> write_now t mac ~fragment ~size fill_packet
    | Error _ as e -> Lwt.return e

  let write t ?(fragment = true) ?ttl ?src:source dst proto ?(size = 0) fill buffers =
    let payload = size + Cstruct.lenv buffers in
    if payload > max_payload_bytes then Lwt.return (Error `Would_fragment)
    else
      let hop_limit = match ttl with Some n -> n | None -> Ndpv6.hop_limit t.context in
      let src = match source with Some src -> src | None -> src t ~dst in
      let next_header = Ipv6_wire.protocol_to_int proto in
      let header = { Ipv6_packet.src; dst; hop_limit; next_header } in
      let total = Ipv6_wire.sizeof_ipv6 + payload in
      routed t ~fragment ~size:total dst (fill_packet header ~size fill buffers)

  let update t (context, out) =
    t.context <- context;
    Lwt_condition.broadcast t.changed ();
    outputs t out

  (* {2 Receiving} *)

  let is_ours t dst = List.exists (fun ip -> Ipaddr.V6.compare ip dst = 0) (get_ip t)

  let was_ours t (report : Ip_errors.t) =
    match Ipaddr.V6.of_octets report.source with
    | Ok source -> is_ours t source
    | Error _ -> false

  (* Errors that came to a group are nobody's (RFC 4443, section 2.4). *)
  let pass_on t ~src ~dst packet =
    if is_ours t dst then
      match Icmpv6_error.report ~reporter:src packet with
      | Some report when was_ours t report -> Ip_errors.report report
      | Some _ | None -> ()

  let icmp_number = Ipv6_wire.protocol_to_int `ICMP

  let dispatch t ~tcp ~udp ~default = function
    | `Tcp (src, dst, payload) -> tcp ~src ~dst payload
    | `Udp (src, dst, payload) -> udp ~src ~dst payload
    | `Default (proto, src, dst, payload) ->
        if proto = icmp_number then pass_on t ~src ~dst payload;
        default ~proto ~src ~dst payload

  let is_ignored t packet = (not t.handle_ra) && Ndp_filter.is_router_advertisement packet

  let input_packet t ~tcp ~udp ~default packet =
    let context, out, events = Ndpv6.handle ~now:(now ()) ~random t.context packet in
    update t (context, out) >>= fun () -> Lwt_list.iter_s (dispatch t ~tcp ~udp ~default) events

  let input t ~tcp ~udp ~default packet =
    if is_ignored t packet then Lwt.return_unit
    else input_packet t ~tcp ~udp ~default packet

  (* {2 Life} *)

  let rec tick t =
    update t (Ndpv6.tick ~now:(now ()) t.context) >>= fun () ->
    T.sleep_ns tick_ns >>= fun () -> tick t

  let connect ?(handle_ra = true) ?(ip = []) ?(netmask = []) ?(gateways = []) ethernet =
    let now = now () in
    let context, first = Ndpv6.local ~now ~random (E.mac ethernet) in
    let context = List.fold_left (Ndpv6.add_prefix ~now) context netmask in
    let context = Ndpv6.add_routers ~now context gateways in
    let changed = Lwt_condition.create () in
    let t = { ethernet; handle_ra; context; changed; waiting = 0; ticking = Lwt.return_unit } in
    let add ip = update t (Ndpv6.add_ip ~now t.context ip) in
    outputs t first >>= fun () ->
    Lwt_list.iter_s add ip >|= fun () ->
    t.ticking <- tick t;
    t

  let disconnect t =
    Lwt.cancel t.ticking;
    Lwt.return_unit
end
