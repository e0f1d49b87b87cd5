open Lwt.Infix

let src = Logs.Src.create "icmpv4" ~doc:"ICMP for IPv4"

module Log = (val Logs.src_log src : Logs.LOG)

module Make (I : Mirage_protocols.IP with type ipaddr = Ipaddr.V4.t) = struct
  type ipaddr = Ipaddr.V4.t
  type error = [ `Ip of I.error ]

  let pp_error ppf (`Ip e) = I.pp_error ppf e

  type t = I.t

  let sent = Result.map_error (fun e -> `Ip e)

  let write t ~dst ?ttl message =
    I.write t ?ttl dst `ICMP (fun _ -> 0) [ message ] >|= sent

  let reply t ~dst header payload =
    let fill buffer =
      match Icmpv4_packet.Marshal.into_cstruct header buffer ~payload with
      | Ok () -> Icmpv4_wire.sizeof_icmpv4
      | Error why -> invalid_arg ("Icmpv4.input: " ^ why)
    in
    I.write t dst `ICMP ~size:Icmpv4_wire.sizeof_icmpv4 fill [ payload ] >|= function
    | Ok () -> ()
    | Error e -> Log.debug (fun m -> m "not answered: %a" I.pp_error e)

  (* An answer to a broadcast would make us an amplifier (RFC 1122, 3.2.2.6). *)
  let is_ours t dst =
    List.exists (fun ip -> Ipaddr.V4.compare ip dst = 0) (I.get_ip t)

  let is_our_packet t (report : Ip_errors.t) =
    match Ipaddr.V4.of_octets report.source with
    | Ok source -> is_ours t source
    | Error _ -> false

  let report_error t ~src header payload =
    Log.debug (fun m -> m "from %a: %a" Ipaddr.V4.pp src Icmpv4_packet.pp header);
    match Icmpv4_message.report ~reporter:src header payload with
    | Some report when is_our_packet t report -> Ip_errors.report report
    | Some _ | None -> ()

  (* Only what came to an address of ours is answered, or believed. *)
  let input t ~src ~dst message =
    match Icmpv4_packet.Unmarshal.of_cstruct message with
    | Error why ->
        Log.debug (fun m -> m "dropped: %s" why);
        Lwt.return_unit
    | Ok _ when not (is_ours t dst) -> Lwt.return_unit
    | Ok (header, payload) -> (
        match Icmpv4_message.reply_to header with
        | Some answer -> reply t ~dst:src answer payload
        | None ->
            report_error t ~src header payload;
            Lwt.return_unit)

  let connect ip = Lwt.return ip
  let disconnect _ = Lwt.return_unit
end
