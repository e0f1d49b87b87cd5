open Lwt.Infix

let src = Logs.Src.create "dhcp-client" ~doc:"DHCP client"

module Log = (val Logs.src_log src : Logs.LOG)

let header_bytes = 14

(* There is no clock here: time is the sum of our sleeps, and an input is
   dated by the latest. *)
let slice_ns = Duration.of_sec 1

module Make (Random : Mirage_random.S) (Time : Mirage_time.S) (Net : Mirage_net.S) =
struct
  type client = {
    net : Net.t;
    mutable schedule : Dhcp_schedule.t;
    mutable now : int64;
    tell : Dhcp_message.pkt option -> unit;
  }

  let send c packet =
    let frame = Dhcp_message.buf_of_pkt packet in
    let size = Cstruct.length frame in
    let fill buffer =
      Cstruct.blit frame 0 buffer 0 size;
      size
    in
    Net.write c.net ~size fill >|= function
    | Ok () -> ()
    | Error e -> Log.err (fun m -> m "request not sent: %a" Net.pp_error e)

  let handle c = function
    | Dhcp_schedule.Send packet ->
        Log.debug (fun m -> m "sending %s" (Dhcp_message.pkt_to_string packet));
        send c packet
    | Bound ack ->
        Log.info (fun m -> m "lease of %a" Ipaddr.V4.pp ack.yiaddr);
        c.tell (Some ack);
        Lwt.return_unit
    | Expired ->
        Log.warn (fun m -> m "the lease is over; asking for another");
        Lwt.return_unit
    | Gave_up why ->
        Log.err (fun m -> m "%a: %s" Macaddr.pp (Net.mac c.net) why);
        c.tell None;
        Lwt.return_unit

  let step c (schedule, events) =
    c.schedule <- schedule;
    Lwt_list.iter_s (handle c) events

  let input c frame = step c (Dhcp_schedule.input c.schedule ~now:c.now frame)

  let rec run c =
    match Dhcp_schedule.deadline c.schedule with
    | None -> Lwt.return_unit
    | Some at ->
        let pause = min slice_ns (max 0L (Int64.sub at c.now)) in
        Time.sleep_ns pause >>= fun () ->
        c.now <- Int64.add c.now pause;
        step c (Dhcp_schedule.tick c.schedule ~now:c.now) >>= fun () -> run c

  let listen c =
    Net.listen c.net ~header_size:header_bytes (input c) >|= function
    | Ok () -> ()
    | Error e -> Log.err (fun m -> m "not listening: %a" Net.pp_error e)

  let connect ?(renew = true) ?xid ?requests net ~tell =
    let random_xid () = Cstruct.BE.get_uint32 (Random.generate 4) 0 in
    let xid = match xid with Some xid -> xid | None -> random_xid () in
    let mac = Net.mac net in
    let schedule, events = Dhcp_schedule.start ?requests ~renew ~now:0L ~xid mac in
    let c = { net; schedule; now = 0L; tell } in
    Dhcp_inlet.register mac (fun frame -> Lwt.async (fun () -> input c frame));
    Lwt.async (fun () -> listen c);
    step c (schedule, events) >|= fun () -> Lwt.async (fun () -> run c)
end
