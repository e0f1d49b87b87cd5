open Lwt.Infix

let src = Logs.Src.create "tcp" ~doc:"TCP"

module Log = (val Logs.src_log src : Logs.LOG)

type error =
  [ Mirage_protocols.Tcp.error | `Reset | `Unreachable of string ]

type write_error = [ error | Mirage_flow.write_error ]

let pp_error_all ppf = function
  | #Mirage_protocols.Tcp.error as e -> Mirage_protocols.Tcp.pp_error ppf e
  | `Reset -> Format.pp_print_string ppf "connection reset by peer"
  | `Unreachable why -> Format.fprintf ppf "unreachable: %s" why

let error_of_failure : Tcp_tcb.failure -> error = function
  | Timed_out -> `Timeout
  | Refused -> `Refused
  | Was_reset -> `Reset
  | Unreachable why -> `Unreachable why

let keepalive_of (k : Mirage_protocols.Keepalive.t) =
  {
    Tcp_tcb.after_ns = Int64.to_int k.after;
    interval_ns = Int64.to_int k.interval;
    probes = k.probes;
  }

let tcp_header_bytes = 20
let secret_bytes = 32
let warning_ns = 60_000_000_000
let tcp_number = 6

module Make
    (IP : Mirage_protocols.IP)
    (Time : Mirage_time.S)
    (Clock : Mirage_clock.MCLOCK)
    (Random : Mirage_random.S) =
struct
  module Ip_interface = Tcp_ip_interface.Make (IP)

  type nonrec error = error
  type nonrec write_error = write_error
  type ipaddr = IP.ipaddr
  type ipinput = src:ipaddr -> dst:ipaddr -> Cstruct.t -> unit Lwt.t

  type t = {
    ip : IP.t;
    endpoint : ipaddr Tcp_endpoint.t;
    mutable poll_scheduled : bool;
    mutable timer_at : int;
    mutable timer : unit Lwt.t;
    mutable errors : Ip_errors.subscription option;
    mutable stalled_ns : int;  (* TCP's clock is behind by this *)
    mutable last_now : int;
    mutable warned_at : int;
  }

  type flow = {
    tcp : t;
    connection : ipaddr Tcp_endpoint.connection;
    changed : unit Lwt_condition.t;
    mutable reading : unit Lwt.t;  (* what the latest reader waits for *)
  }

  type listener = {
    process : flow -> unit Lwt.t;
    keepalive : Mirage_protocols.Keepalive.t option;
  }

  let pp_error = pp_error_all

  let pp_write_error ppf = function
    | #error as e -> pp_error ppf e
    | #Mirage_flow.write_error as e -> Mirage_flow.pp_write_error ppf e

  (* Nothing may be concluded from the time that this program did not run: a
     guest that was held, or that counted for seconds. The peer is not late, its
     answers did not take so long. A timer that is late shows it,
     and the clock of TCP goes on where it was last looked at. *)
  let stall_ns = 1_000_000_000

  let now t =
    let now = Int64.to_int (Clock.elapsed_ns ()) - t.stalled_ns in
    if now - t.timer_at < stall_ns then t.last_now <- now
    else t.stalled_ns <- t.stalled_ns + now - t.last_now;
    t.last_now

  let tcb flow = Tcp_endpoint.tcb flow.connection
  let dst flow = Tcp_endpoint.remote flow.connection

  (* {2 Polling} *)

  let send_failed owner why =
    let why = Format.asprintf "%a" IP.pp_error why in
    Log.debug (fun m -> m "segment not sent: %s" why);
    let report connection =
      Tcp_connection.unreachable (Tcp_endpoint.tcb connection) why
    in
    Option.iter report owner

  let rec emit t ~owner ~local ~remote segment payload ~length ~unit_size =
    let on_tso_max = Tcp_endpoint.set_tso_max t.endpoint ~owner in
    let sent =
      Ip_interface.send t.ip ~on_tso_max ~local ~remote segment payload ~length ~unit_size
    in
    match Lwt.state sent with
    | Return (Ok ()) -> ()
    | Return (Error why) -> send_failed owner why
    | Fail e -> Log.err (fun m -> m "IP.write: %s" (Printexc.to_string e))
    | Sleep -> await_sent t owner sent

  (* No more of a connection's data goes down until this has. *)
  and await_sent t owner sent =
    let set_backpressured on =
      let set connection = Tcp_endpoint.set_backpressured t.endpoint connection on in
      Option.iter set owner
    in
    set_backpressured true;
    let resume () =
      set_backpressured false;
      schedule_poll t
    in
    Lwt.on_any sent
      (fun result ->
         Result.iter_error (send_failed owner) result;
         resume ())
      (fun e ->
         Log.err (fun m -> m "IP.write: %s" (Printexc.to_string e));
         resume ())

  (* Readers run before the answers leave, so that these tell of the room they
     made; what comes of it all leaves at once. *)
  and schedule_poll t =
    if not t.poll_scheduled then begin
      t.poll_scheduled <- true;
      Lwt.async (fun () ->
          Lwt.pause () >>= fun () ->
          Tcp_endpoint.notify t.endpoint;
          Lwt.pause () >|= fun () ->
          t.poll_scheduled <- false;
          Tcp_endpoint.poll t.endpoint ~now:(now t) (emit t);
          if Tcp_endpoint.is_busy t.endpoint then schedule_poll t else set_timer t)
    end

  (* One sleeper serves all timers. It is let expire for nothing when its timer was
     put off, which costs less than replacing it each time. *)
  and set_timer t =
    let deadline = Tcp_endpoint.deadline t.endpoint in
    if deadline < t.timer_at then begin
      Lwt.cancel t.timer;
      t.timer_at <- deadline;
      let wait_ns = Int64.of_int (Int.max 0 (deadline - now t)) in
      t.timer <- Time.sleep_ns wait_ns;
      Lwt.on_success t.timer (fun () ->
          t.timer_at <- Tcp_tcb.never;
          schedule_poll t)
    end

  let touch flow =
    Tcp_endpoint.touch flow.tcp.endpoint flow.connection;
    schedule_poll flow.tcp

  (* {2 Flows} *)

  let flow_of t connection =
    let changed = Lwt_condition.create () in
    Tcp_endpoint.on_change connection (Lwt_condition.broadcast changed);
    let flow = { tcp = t; connection; changed; reading = Lwt.return_unit } in
    let tcb = Tcp_endpoint.tcb connection in
    tcb.reader <- (fun () -> Lwt.is_sleeping flow.reading);
    flow

  let rec read flow =
    let tcb = tcb flow in
    match Tcp_connection.read tcb ~now:(now flow.tcp) with
    | Some data ->
        touch flow;
        Lwt.return (Ok (`Data data))
    | None when Tcp_connection.at_end tcb -> Lwt.return (Ok `Eof)
    | None ->
        flow.reading <- Lwt_condition.wait flow.changed;
        flow.reading >>= fun () -> read flow

  let rec until flow condition =
    if condition (tcb flow) then Lwt.return_unit
    else Lwt_condition.wait flow.changed >>= fun () -> until flow condition

  let may_proceed tcb =
    Tcp_connection.room tcb > 0 || not (Tcp_connection.may_write tcb)

  (* A writer waits behind what it wrote, not before: then it does not make the
     next buffer before there is room for that. *)
  let write_with flow ~promptly buffers =
    until flow may_proceed >>= fun () ->
    let tcb = tcb flow in
    if Tcp_connection.may_write tcb then begin
      Tcp_connection.write tcb buffers;
      if promptly then Tcp_connection.send_promptly tcb;
      touch flow;
      until flow may_proceed >|= Result.ok
    end
    else Lwt.return (Error `Closed)

  let writev flow = write_with flow ~promptly:false
  let write flow buffer = writev flow [ buffer ]
  let writev_nodelay flow = write_with flow ~promptly:true
  let write_nodelay flow buffer = writev_nodelay flow [ buffer ]

  let rec flushed flow =
    let tcb = tcb flow in
    if
      Tcp_connection.is_flushed tcb
      || Option.is_some (Tcp_connection.failure tcb)
    then Lwt.return_unit
    else Lwt_condition.wait flow.changed >>= fun () -> flushed flow

  let close flow =
    Tcp_connection.close (tcb flow) ~now:(now flow.tcp);
    touch flow;
    flushed flow

  (* A listener's program has ended. When it closed the flow and left nobody
     reading it, nobody will. *)
  let handler_returned flow =
    if not (Lwt.is_sleeping flow.reading) then
      Tcp_endpoint.abandon flow.tcp.endpoint ~now:(now flow.tcp) flow.connection;
    schedule_poll flow.tcp

  let abort flow =
    let t = flow.tcp in
    Tcp_endpoint.abort t.endpoint ~now:(now t) flow.connection (emit t);
    schedule_poll t

  let rec opened flow =
    match Tcp_connection.(state (tcb flow), failure (tcb flow)) with
    | _, Some failure -> Lwt.return (Error (error_of_failure failure))
    | (Syn_sent | Syn_received), None ->
        Lwt_condition.wait flow.changed >>= fun () -> opened flow
    | ( ( Closed | Established | Fin_wait_1 | Fin_wait_2 | Close_wait | Closing
        | Last_ack | Time_wait ),
        None ) ->
        Lwt.return (Ok flow)

  let connect_to ?keepalive t (remote, remote_port) =
    let local = IP.src t.ip ~dst:remote in
    match
      Tcp_endpoint.connect t.endpoint ~now:(now t) ~local ~remote ~remote_port
    with
    | None ->
        Lwt.return (Error (`Unreachable "no local port or memory is left"))
    | Some connection ->
        let flow = flow_of t connection in
        let keepalive = Option.map keepalive_of keepalive in
        Option.iter (Tcp_connection.keep_alive (tcb flow)) keepalive;
        touch flow;
        let connecting = opened flow in
        Lwt.on_cancel connecting (fun () -> abort flow);
        connecting

  let create_connection ?keepalive t ((_, port) as destination) =
    if port < 1 || port > 0xffff then
      let why = Printf.sprintf "port %d is not between 1 and 65535" port in
      Lwt.return (Error (`Unreachable why))
    else connect_to ?keepalive t destination

  (* {2 Receiving} *)

  (* Said once a minute, as whoever sees it happen sees nothing else. *)
  let warn t port =
    if now t - t.warned_at >= warning_ns then begin
      t.warned_at <- now t;
      Log.warn (fun m ->
          m "port %d: no room for another connection; there are %d" port
            (Tcp_endpoint.connections t.endpoint))
    end

  (* One connection's handler does not take the others down with it. *)
  let handler_failed flow e =
    if e <> Mirage_flow_abort.Abort then
      Log.err (fun m -> m "a TCP handler failed: %s" (Printexc.to_string e));
    abort flow;
    Lwt.return_unit

  let listening t listeners port =
    let listener { process; keepalive } =
      let accepted connection =
        let flow = flow_of t connection in
        Lwt.async (fun () ->
            Lwt.try_bind
              (fun () -> process flow)
              (fun () -> Lwt.return (handler_returned flow))
              (handler_failed flow))
      in
      { Tcp_endpoint.keepalive = Option.map keepalive_of keepalive; accepted }
    in
    Option.map listener (listeners port)

  let deliver t ~listeners ~src ~dst packet =
    match Tcp_segment.parse packet with
    | Error why -> Log.debug (fun m -> m "dropped: %s" why)
    | Ok (segment, payload) ->
        let unit_size = Mirage_net_headroom.coalesced_segment_size packet in
        Tcp_endpoint.input t.endpoint ~now:(now t) ~listening:(listening t listeners)
          ~local:dst ~remote:src ~unit_size segment payload;
        Option.iter (warn t) (Tcp_endpoint.take_refused_port t.endpoint);
        schedule_poll t

  let input t ~listeners ~src ~dst packet =
    if List.mem dst (IP.get_ip t.ip) && Ip_interface.checksum_ok t.ip ~src ~dst packet then
      deliver t ~listeners ~src ~dst packet
    else Log.debug (fun m -> m "dropped: not for us, or damaged");
    Lwt.return_unit

  (* {2 ICMP errors} *)

  let sequence_at = 4

  (* The eight bytes that any report quotes: ports and sequence number. *)
  let reported t ({ source; destination; transport; reason; _ } : Ip_errors.t) =
    let quoted = source ^ destination in
    let is_between ~local ~remote = Ip_interface.addresses t.ip ~local ~remote = quoted in
    Tcp_endpoint.report t.endpoint ~now:(now t) ~is_between
      ~local_port:(Tcp_wire.get_tcp_src_port transport)
      ~remote_port:(Tcp_wire.get_tcp_dst_port transport)
      ~sequence:(Tcp_sequence.of_int32 (Cstruct.BE.get_uint32 transport sequence_at))
      reason;
    if Tcp_endpoint.is_busy t.endpoint then schedule_poll t

  let connect_with ?mtu config ip =
    let mtu = Option.value mtu ~default:(fun _ -> IP.mtu ip) in
    let identity ~local ~remote =
      Cstruct.to_string (IP.pseudoheader ip ~src:local remote `TCP 0)
    in
    let mss remote = mtu remote - tcp_header_bytes in
    let header_bytes = Ip_interface.header_bytes ip in
    let secret = Cstruct.to_string (Random.generate secret_bytes) in
    let endpoint = Tcp_endpoint.create config ~secret ~identity ~mss ~header_bytes in
    let t =
      {
        ip;
        endpoint;
        poll_scheduled = false;
        timer_at = Tcp_tcb.never;
        timer = Lwt.return_unit;
        errors = None;
        stalled_ns = 0;
        last_now = 0;
        warned_at = -warning_ns;
      }
    in
    t.errors <- Some (Ip_errors.subscribe ~protocol:tcp_number (reported t));
    Lwt.return t

  let connect ip = connect_with (Tcp_config.of_memory (Memory_size.bytes ())) ip

  let disconnect t =
    Lwt.cancel t.timer;
    t.timer_at <- Tcp_tcb.never;
    Option.iter Ip_errors.cancel t.errors;
    Lwt.return_unit
end
