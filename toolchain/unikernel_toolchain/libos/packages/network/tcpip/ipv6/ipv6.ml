(* The shell of {!Ndpv6}, whose context it keeps. Each call hands time in, keeps the
   context that comes out, sends its outputs and wakes those that its notifications
   concern. One task sleeps until the context's next deadline, and is woken when a
   change brings that forward. *)

open Lwt.Infix

let src = Logs.Src.create "ipv6" ~doc:"IPv6"

module Log = (val Logs.src_log src : Logs.LOG)

let max_payload_bytes = 0xffff
let longest_sleep = Duration.of_hour 1

(* At 32 MiB: 256 KiB of packets that wait for neighbours. *)
let waiting_part = 128
let paths_part = 1024

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
    mutable context : Ndpv6.context;
    waiting : Ipv6_resolution_queue.t;
    paths : Ipv6_paths.t;
    mutable wake_at : int64;  (** when the task that keeps time wakes up *)
    woken : unit Lwt_condition.t;  (** it has to before *)
    mutable timer_task : unit Lwt.t;
  }

  let now = Clock.elapsed_ns
  let random n = R.generate n

  let link_mtu t =
    match Ndpv6.mtu t.context with
    | None -> E.mtu t.ethernet
    | Some mtu -> min mtu (E.mtu t.ethernet)

  let mtu t = link_mtu t - Ipv6_layout.sizeof_ipv6

  (* {2 Output} *)

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

  let fragments ~mtu packet =
    let id = Cstruct.BE.get_uint32 (R.generate 4) 0 in
    Ipv6_fragmentation.fragment ~mtu ~id packet

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
      if size <= link_mtu t then write_frame t mac ~size fill
      else write_each t mac (fragments ~mtu:(link_mtu t) (whole_packet size fill))
    in
    written >|= function
    | Ok () -> ()
    | Error e -> Log.debug (fun m -> m "not sent: %a" pp_error e)

  let outputs t = Lwt_list.iter_s (output t)

  (* {2 State} *)

  let notify t = function
    | Ndpv6.Resolved (ip, Some mac) -> Ipv6_resolution_queue.resolve t.waiting ip (Mac mac)
    | Resolved (ip, None) ->
        let why = Format.asprintf "%a does not answer" Ipaddr.V6.pp ip in
        Ipv6_resolution_queue.resolve t.waiting ip (Unreachable why)
    | Name_servers (router, servers) ->
        let until at = if at = Ndp_timing.never then None else Some at in
        let server (ip, at) = (Ipaddr.V6 ip, until at) in
        Name_servers.set
          (Router (E.mac t.ethernet, router))
          (List.map server servers)

  let update t (context, out) =
    (match Ndpv6.notifications context with
     | [] -> t.context <- context
     | notifications ->
         t.context <- Ndpv6.clear_notifications context;
         List.iter (notify t) (List.rev notifications));
    if Ndpv6.deadline context < t.wake_at then Lwt_condition.signal t.woken ();
    outputs t out

  (* After a pause, frames and calls come before the timekeeper wakes up. *)
  let current t =
    let now = now () in
    if now >= Ndpv6.deadline t.context then
      Lwt.async (fun () -> update t (Ndpv6.tick ~now t.context));
    t.context

  let get_ip t = Ndpv6.get_ip (current t)
  let src t ~dst = Ndpv6.select_source (current t) dst

  let pseudoheader t ?src:source dst proto length =
    let src = match source with Some src -> src | None -> src t ~dst in
    let proto = Ipv6_layout.protocol_to_int proto in
    Ipv6_packet.Marshal.pseudoheader ~src ~dst ~proto length

  (* {2 Sending} *)

  let fill_packet t (header : Ipv6_packet.t) ~size fill buffers packet =
    let payload = Cstruct.shift packet Ipv6_layout.sizeof_ipv6 in
    let used = if size = 0 then 0 else fill (Cstruct.sub payload 0 size) in
    if used > size then invalid_arg "Ipv6.write: more written than announced";
    let blit at b =
      Cstruct.blit b 0 payload at (Cstruct.length b);
      at + Cstruct.length b
    in
    let payload_len = List.fold_left blit used buffers in
    Ipv6_paths.sent t.paths header.dst ~proto:header.next_header ~length:payload_len payload;
    match Ipv6_packet.Marshal.into_cstruct ~payload_len header packet with
    | Ok () -> Ipv6_layout.sizeof_ipv6 + payload_len
    | Error why -> invalid_arg ("Ipv6.write: " ^ why)

  let path_mtu t ~size dst =
    let link_mtu = link_mtu t in
    if size <= Int.min Ipv6_paths.least link_mtu then link_mtu
    else Ipv6_paths.mtu t.paths ~now:(now ()) ~link_mtu dst

  (* A packet that may not be fragmented goes down whole even above the MTU:
     the interface may segment by itself, and refuses otherwise. *)
  let write_now t mac ~fragment ~size dst fill_packet =
    if (not fragment) || size <= path_mtu t ~size dst then
      write_frame t mac ~size fill_packet
    else
      let mtu = path_mtu t ~size dst in
      write_each t mac (fragments ~mtu (whole_packet size fill_packet))

  (* When one router does not answer, another may. *)
  let rec resolve t ~size dst =
    let context, route, questions = Ndpv6.route ~now:(now ()) t.context dst in
    match route with
    | Now mac -> update t (context, questions) >|= fun () -> Ok mac
    | No_route why -> update t (context, questions) >|= fun () -> Error (`No_route why)
    | Later neighbour -> (
        let answer = Ipv6_resolution_queue.wait t.waiting neighbour ~bytes:size in
        update t (context, questions) >>= fun () ->
        answer >>= function
        | Mac mac -> Lwt.return (Ok mac)
        | Evicted -> Lwt.return (Error `Evicted)
        | Unreachable _ when Ndpv6.has_other_route t.context dst ~than:neighbour ->
            resolve t ~size dst
        | Unreachable why -> Lwt.return (Error (`No_route why)))

  let send_routed t ~fragment ~size ~src dst fill_packet =
    resolve t ~size dst >>= function
    | Ok _ when Ndpv6.is_invalid t.context src ->
        let why = Format.asprintf "%a is no address of ours any more" Ipaddr.V6.pp src in
        Lwt.return (Error (`No_route why))
    | Ok mac -> write_now t mac ~fragment ~size dst fill_packet
    | Error `Evicted -> Lwt.return (Ok ())  (* lost, as it might be on the way *)
    | Error (`No_route _) as e -> Lwt.return e

  let write t ?(fragment = true) ?ttl ?src:source dst proto ?(size = 0) fill buffers =
    let payload = size + Cstruct.lenv buffers in
    if payload > max_payload_bytes then Lwt.return (Error `Would_fragment)
    else
      let hop_limit = match ttl with Some n -> n | None -> Ndpv6.hop_limit t.context in
      let src = match source with Some src -> src | None -> src t ~dst in
      let next_header = Ipv6_layout.protocol_to_int proto in
      let header = { Ipv6_packet.src; dst; hop_limit; next_header } in
      let total = Ipv6_layout.sizeof_ipv6 + payload in
      send_routed t ~fragment ~size:total ~src dst (fill_packet t header ~size fill buffers)

  (* {2 Receiving} *)

  let is_ours t dst = List.exists (fun ip -> Ipaddr.V6.compare ip dst = 0) (get_ip t)

  let is_our_packet t (report : Ip_errors.t) =
    match Ipaddr.V6.of_octets report.source with
    | Ok source -> is_ours t source
    | Error _ -> false

  (* Errors that came to a group are nobody's (RFC 4443, section 2.4). *)
  let report_error t ~src ~dst packet =
    if is_ours t dst then
      match Icmpv6_error.report ~reporter:src packet with
      | Some report when is_our_packet t report ->
          Ipv6_paths.report t.paths ~now:(now ()) ~link_mtu:(link_mtu t) report;
          Ip_errors.report report
      | Some _ | None -> ()

  let icmp_number = Ipv6_layout.protocol_to_int `ICMP

  let dispatch t ~tcp ~udp ~default = function
    | `Tcp (src, dst, payload) -> tcp ~src ~dst payload
    | `Udp (src, dst, payload) -> udp ~src ~dst payload
    | `Default (proto, src, dst, payload) ->
        if proto = icmp_number then report_error t ~src ~dst payload;
        default ~proto ~src ~dst payload

  let input t ~tcp ~udp ~default packet =
    let context, out, events = Ndpv6.handle ~now:(now ()) ~random t.context packet in
    update t (context, out) >>= fun () -> Lwt_list.iter_s (dispatch t ~tcp ~udp ~default) events

  (* {2 Life} *)

  (* Sleeps are cut: no clock is trusted for longer than an hour. *)
  let rec run_timers t =
    let now = now () in
    let deadline = Ndpv6.deadline t.context in
    if now >= deadline then
      update t (Ndpv6.tick ~now t.context) >>= fun () -> run_timers t
    else begin
      t.wake_at <- deadline;
      let left = min longest_sleep (Int64.sub deadline now) in
      Lwt.pick [ T.sleep_ns left; Lwt_condition.wait t.woken ] >>= fun () -> run_timers t
    end

  (* Addresses alone, without a prefix or a router: the whole of IPv6 may be on the link,
     as RFC 4861 no longer assumes but a hand-made network needs. *)
  let configured ~now ~ip ~netmask ~gateways context =
    let context = List.fold_left (Ndpv6.add_prefix ~now) context netmask in
    let context = Ndpv6.add_routers ~now context gateways in
    if ip <> [] && netmask = [] && gateways = [] then Ndpv6.assume_on_link context
    else context

  let connect ?handle_ra ?(ip = []) ?(netmask = []) ?(gateways = []) ethernet =
    let now = now () in
    let context, first = Ndpv6.local ?handle_ra ~now ~random (E.mac ethernet) in
    let context = configured ~now ~ip ~netmask ~gateways context in
    let waiting = Ipv6_resolution_queue.create ~max_bytes:(Memory_size.part waiting_part) in
    let woken = Lwt_condition.create () and timer_task = Lwt.return_unit in
    let paths = Ipv6_paths.create ~bytes:(Memory_size.part paths_part) in
    let t = { ethernet; context; waiting; paths; wake_at = now; woken; timer_task } in
    let add ip = update t (Ndpv6.add_ip ~now t.context ip) in
    outputs t first >>= fun () ->
    Lwt_list.iter_s add ip >|= fun () ->
    t.timer_task <- run_timers t;
    t

  let disconnect t =
    Lwt.cancel t.timer_task;
    Ipv6_resolution_queue.resolve_all t.waiting (Unreachable "the interface is given up");
    let take_back router = notify t (Name_servers (router, [])) in
    List.iter take_back (Ndpv6.name_servers_of t.context);
    Lwt.return_unit
end
