open Lwt.Infix

let default_port = 514
let peer address port = Printf.sprintf "%s, port %d" (Ipaddr.V4.to_string address) port

module Clock (C : Mirage_clock.PCLOCK) = struct
  let now () = Ptime.v (C.now_d_ps ())
end

module Udp (C : Mirage_console.S) (CLOCK : Mirage_clock.PCLOCK) (STACK : Mirage_stack.V4) = struct
  module Clock = Clock (CLOCK)

  (* A datagram's 65,535 bytes less IP's header and UDP's. *)
  let most_bytes = 65_507

  let error_text = Fmt.str "%a" STACK.UDPV4.pp_error

  (* One after another: an address that nobody answers for is asked for once. *)
  let rec send outbox udp dst dst_port =
    Syslog_outbox.next outbox >>= fun text ->
    let write () = STACK.UDPV4.write ~dst ~dst_port udp (Cstruct.of_string text) in
    Syslog_outbox.quietly outbox (fun () -> Lwt.catch (fun () -> write () >|= Result.map_error error_text)
                                     (fun e -> Lwt.return_error (Printexc.to_string e)))
    >>= function
    | Ok () ->
        Syslog_outbox.sent outbox;
        send outbox udp dst dst_port
    | Error why ->
        Syslog_outbox.failed outbox why;
        Syslog_outbox.drop outbox;
        Lwt.pause () >>= fun () -> send outbox udp dst dst_port

  let create console stack ~hostname dst ?(port = default_port) ?(truncate = most_bytes) ?facility () =
    let len = if truncate <= 0 then most_bytes else Int.min truncate most_bytes in
    let outbox = Syslog_outbox.create ~console:(C.log console) ~peer:(peer dst port) in
    Lwt.async (fun () -> send outbox (STACK.udpv4 stack) dst port);
    Syslog_outbox.reporter outbox ~now:Clock.now ~host:hostname ?facility
      (Syslog_message.encode ~len)
end

module Tcp (C : Mirage_console.S) (CLOCK : Mirage_clock.PCLOCK) (STACK : Mirage_stack.V4) = struct
  module Clock = Clock (CLOCK)
  module TCP = STACK.TCPV4

  let connect outbox stack dst =
    Syslog_outbox.quietly outbox (fun () ->
        Lwt.catch
          (fun () ->
             TCP.create_connection (STACK.tcpv4 stack) dst
             >|= Result.map_error (Fmt.str "%a" TCP.pp_error))
          (fun e -> Lwt.return_error (Printexc.to_string e)))

  (* What a server says is passed over; that it has gone is seen here first. *)
  let rec ended flow =
    TCP.read flow >>= function
    | Ok (`Data _) -> ended flow
    | Ok `Eof -> Lwt.return "the server closed the connection"
    | Error e -> Lwt.return (Fmt.str "%a" TCP.pp_error e)

  (* Why sending over this connection came to its end. The message that was being sent stays in
     the outbox, and is sent again: twice is better than never. *)
  let rec send_over outbox flow =
    Syslog_outbox.next outbox >>= fun text ->
    Syslog_outbox.quietly outbox (fun () -> TCP.write flow (Cstruct.of_string text)) >>= function
    | Ok () ->
        Syslog_outbox.sent outbox;
        send_over outbox flow
    | Error e -> Lwt.return (Fmt.str "%a" TCP.pp_write_error e)

  let longest_pause_s = 60

  let sleep_s seconds = Default_time.sleep_ns (Int64.mul (Int64.of_int seconds) 1_000_000_000L)

  let rec serve outbox stack dst flow =
    Lwt.catch (fun () -> Lwt.pick [ ended flow; send_over outbox flow ])
      (fun e -> Lwt.return (Printexc.to_string e))
    >>= fun why ->
    Syslog_outbox.failed outbox why;
    Lwt.dont_wait (fun () -> TCP.close flow) ignore;
    connect_again outbox stack dst 1

  (* A server that accepts and closes at once is not asked without a pause either. *)
  and connect_again outbox stack dst pause_s =
    sleep_s pause_s >>= fun () ->
    connect outbox stack dst >>= function
    | Ok flow -> serve outbox stack dst flow
    | Error why ->
        Syslog_outbox.failed outbox why;
        connect_again outbox stack dst (Int.min longest_pause_s (2 * pause_s))

  let create console stack ~hostname dst ?(port = default_port) ?(truncate = 0)
      ?(framing = `Null) ?facility () =
    let name = peer dst port in
    let outbox = Syslog_outbox.create ~console:(C.log console) ~peer:name in
    let encode message =
      Logs_syslog.frame_message (Syslog_message.encode ~len:truncate message) framing
    in
    connect outbox stack (dst, port) >|= function
    | Error why -> Error (Printf.sprintf "no connection to the syslog server %s: %s" name why)
    | Ok flow ->
        Lwt.async (fun () -> serve outbox stack (dst, port) flow);
        Ok (Syslog_outbox.reporter outbox ~now:Clock.now ~host:hostname ?facility encode)
end
