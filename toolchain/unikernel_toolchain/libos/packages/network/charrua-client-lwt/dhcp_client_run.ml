(* The Lwt shell of {!Dhcp_schedule}. MirageOS's client has no clock among its arguments:
   until it gets one ({!Dhcp_client_registry.subscribe}), the time is what was slept. *)

open Lwt.Infix

let src = Logs.Src.create "dhcp-client" ~doc:"DHCP client"

module Log = (val Logs.src_log src : Logs.LOG)

type event = Dhcp_client_registry.event = Leased of Dhcp_message.pkt * int64 option | Lost | No_server

let header_bytes = 14
let slice_ns = Duration.of_sec 1

module Make (Random : Mirage_random.S) (Time : Mirage_time.S) (Net : Mirage_net.S) =
struct
  type client = {
    net : Net.t;
    mutable schedule : Dhcp_schedule.t;
    mutable slept : int64;  (** the sum of the sleeps: time, as long as there is no clock *)
    mutable clock : (unit -> int64) option;
    mutable clock_offset : int64;  (** how far our time is behind the clock *)
    mutable wake_at : int64;  (** when the next sleeper wakes *)
    mutable notify : event -> unit;
  }

  let now c =
    match c.clock with Some clock -> Int64.sub (clock ()) c.clock_offset | None -> c.slept

  let set_clock c clock =
    c.clock_offset <- Int64.sub (clock ()) (now c);
    c.clock <- Some clock

  (* {2 Doing what the schedule says} *)

  let send c frame =
    let size = Cstruct.length frame in
    let fill buffer =
      Cstruct.blit frame 0 buffer 0 size;
      size
    in
    Net.write c.net ~size fill >|= function
    | Ok () -> ()
    | Error e -> Log.err (fun m -> m "not sent: %a" Net.pp_error e)

  let probe c target_ip =
    let source = Net.mac c.net and destination = Macaddr.broadcast in
    let packet =
      { Arp_packet.operation = Request; source_mac = source; source_ip = Ipaddr.V4.any;
        target_mac = Macaddr.of_octets_exn (String.make 6 '\000'); target_ip }
    in
    let header = { Ethernet_packet.source; destination; ethertype = `ARP } in
    send c (Cstruct.append (Ethernet_packet.Marshal.make_cstruct header) (Arp_packet.encode packet))

  let set_name_servers c servers =
    let until =
      match (c.clock, Dhcp_schedule.expires_at c.schedule) with
      | Some _, Some at -> Some (Int64.add at c.clock_offset)
      | _ -> None
    in
    Name_servers.set
      (Dhcp (Net.mac c.net))
      (List.map (fun ip -> (Ipaddr.V4 ip, until)) servers)

  (* Name servers end with the lease that named them. *)
  let bound c (ack : Dhcp_message.pkt) =
    let dns = function Dhcp_option.Dns_servers ips -> Some ips | _ -> None in
    Log.info (fun m -> m "lease of %a" Ipaddr.V4.pp ack.yiaddr);
    set_name_servers c (Option.value (List.find_map dns ack.options) ~default:[]);
    let until = Dhcp_schedule.expires_at c.schedule in
    c.notify (Leased (ack, Option.map (Int64.add c.clock_offset) until))

  let lost c why =
    Log.warn (fun m -> m "%s; asking for another address" why);
    set_name_servers c [];
    c.notify Lost

  let handle c = function
    | Dhcp_schedule.Send packet ->
        Log.debug (fun m -> m "sending %s" (Dhcp_message.pkt_to_string packet));
        send c (Dhcp_message.buf_of_pkt packet)
    | Probe address -> probe c address
    | Bound ack -> Lwt.return (bound c ack)
    | Declined address ->
        Log.warn (fun m ->
            m "another host has %a, which a DHCP server gives; asking for another address"
              Ipaddr.V4.pp address);
        Lwt.return_unit
    | Lost why -> Lwt.return (lost c why)
    | Refused text ->
        Log.warn (fun m ->
            m "a DHCP server refuses what was requested%s"
              (Option.fold text ~none:"" ~some:(Printf.sprintf ": %S")));
        Lwt.return_unit
    | Gave_up why ->
        Log.err (fun m -> m "%a: %s" Macaddr.pp (Net.mac c.net) why);
        Lwt.return (c.notify No_server)

  (* {2 Time and input} *)

  let rec step c (schedule, events) =
    c.schedule <- schedule;
    set_timer c;
    Lwt_list.iter_s (handle c) events

  (* Slices, so that a clock that went on while nobody could sleep is noticed. *)
  and set_timer c =
    match Dhcp_schedule.deadline c.schedule with
    | None -> ()
    | Some deadline ->
        let now = now c in
        let at = min (max now deadline) (Int64.add now slice_ns) in
        if at < c.wake_at then begin
          c.wake_at <- at;
          Lwt.async (fun () -> sleep_until c at ~now)
        end

  and sleep_until c at ~now:from =
    Time.sleep_ns (Int64.sub at from) >>= fun () ->
    c.slept <- max c.slept at;
    if c.wake_at = at then c.wake_at <- Int64.max_int;
    step c (Dhcp_schedule.tick c.schedule ~now:(now c))

  let arp_received c packet = step c (Dhcp_schedule.arp c.schedule ~now:(now c) packet)

  let input c frame =
    match Ethernet_packet.Unmarshal.of_cstruct frame with
    | Ok ({ ethertype = `ARP; _ }, payload) -> (
        match Arp_packet.decode payload with
        | Ok packet -> arp_received c packet
        | Error _ -> Lwt.return_unit)
    | Ok ({ ethertype = `IPv4; _ }, _) ->
        step c (Dhcp_schedule.input c.schedule ~now:(now c) frame)
    | Ok ({ ethertype = `IPv6; _ }, _) | Error _ -> Lwt.return_unit

  let listen c =
    Net.listen c.net ~header_size:header_bytes (input c) >|= function
    | Ok () -> ()
    | Error e -> Log.err (fun m -> m "not listening: %a" Net.pp_error e)

  let register c notify =
    let mac = Net.mac c.net in
    let client =
      Dhcp_client_registry.register mac
        ~input:(fun frame -> Lwt.async (fun () -> input c frame))
        ~set_clock:(set_clock c)
    in
    Arp_station.on_packet mac (fun packet -> Lwt.async (fun () -> arp_received c packet));
    c.notify <-
      (fun event ->
         notify event;
         Dhcp_client_registry.notify client event)

  let connect ?(renew = true) ?xid ?requests ?clock net ~notify =
    let random_xid () = Cstruct.BE.get_uint32 (Random.generate 4) 0 in
    let xid = match xid with Some xid -> xid | None -> random_xid () in
    let now = match clock with Some clock -> clock () | None -> 0L in
    let schedule, events = Dhcp_schedule.start ?requests ~renew ~now ~xid (Net.mac net) in
    let c =
      { net; schedule; slept = 0L; clock; clock_offset = 0L; wake_at = Int64.max_int; notify }
    in
    register c notify;
    Lwt.async (fun () -> listen c);
    step c (schedule, events)
end
