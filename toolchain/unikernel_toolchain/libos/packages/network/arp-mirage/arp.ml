(* The shell of {!Arp_handler}: one task that ticks, and promises for those that wait.
   A known neighbour is answered without a promise that sleeps. *)

open Lwt.Infix

let src = Logs.Src.create "arp" ~doc:"Address resolution"

module Log = (val Logs.src_log src : Logs.LOG)

let tick_ns = Duration.of_ms 500
let retries = 3

(* Half a minute: ARP carries no checksum, so what was learned may be wrong. *)
let lifetime_ticks = 60

(* A thousandth of the memory, at some 160 bytes an entry and no more than a busy
   network has. *)
let capacity () = max 64 (min 8192 (Memory_size.bytes () / 65_536))

module Make (Ethernet : Mirage_protocols.ETHERNET) (Time : Mirage_time.S) = struct
  type error = Mirage_protocols.Arp.error

  let pp_error = Mirage_protocols.Arp.pp_error

  type answer = (Macaddr.t, error) result

  type t = {
    ethernet : Ethernet.t;
    station : Macaddr.t;
    mutable state : (answer Lwt.t * answer Lwt.u) Arp_handler.t;
    mutable ticking : unit Lwt.t;
  }

  let pp ppf t = Arp_handler.pp ppf t.state

  let send_now t (packet, destination) =
    let fill buffer =
      Arp_packet.encode_into packet buffer;
      Arp_packet.size
    in
    Ethernet.write t.ethernet destination `ARP ~size:Arp_packet.size fill >|= function
    | Ok () -> ()
    | Error e -> Log.warn (fun m -> m "not sent: %a" Ethernet.pp_error e)

  (* Nothing in the name of an address that was lost. *)
  let send t packet =
    if Arp_station.may_use_address t.station then send_now t packet else Lwt.return_unit

  let rec tick t =
    Time.sleep_ns tick_ns >>= fun () ->
    let state, requests, given_up = Arp_handler.tick t.state in
    t.state <- state;
    List.iter (fun (_, u) -> Lwt.wakeup_later u (Error `Timeout)) given_up;
    Lwt_list.iter_s (send t) requests >>= fun () -> tick t

  let resolve mac = function
    | Some (_, u) -> Lwt.wakeup_later u (Ok mac)
    | None -> ()

  let give_up t = Option.iter (fun (_, u) -> Lwt.wakeup_later u (Error `Timeout)) t

  let input t buffer =
    match Arp_packet.decode buffer with
    | Error e ->
        Log.debug (fun m -> m "dropped: %a" Arp_packet.pp_error e);
        Lwt.return_unit
    | Ok packet -> (
        Arp_station.packet t.station packet;
        let state, reply, learned = Arp_handler.input_packet t.state packet in
        t.state <- state;
        Option.iter (fun (mac, waiter) -> resolve mac (Some waiter)) learned;
        match reply with Some packet -> send t packet | None -> Lwt.return_unit)

  (* All that wait for one address share a promise. *)
  let ask t ip =
    let state, evicted = Arp_handler.make_room t.state in
    give_up evicted;
    let waiter = function Some earlier -> earlier | None -> Lwt.wait () in
    let state, result = Arp_handler.query state ip waiter in
    t.state <- state;
    match result with
    | Mac mac -> Lwt.return (Ok mac)
    | Wait (answer, _) -> answer
    | RequestWait (request, (answer, _)) -> send t request >>= fun () -> answer

  let query t ip =
    match Arp_handler.in_cache t.state ip with
    | Some mac -> Lwt.return (Ok mac)
    | None when Arp_handler.refuses t.state ip -> Lwt.return (Error `Timeout)
    | None -> ask t ip

  let get_ips t = Arp_handler.ips t.state

  let add_ip t ip =
    let state, announcement, waiter = Arp_handler.alias t.state ip in
    t.state <- state;
    resolve (Arp_handler.mac state) waiter;
    send t announcement

  let remove_ip t ip =
    t.state <- Arp_handler.remove t.state ip;
    Lwt.return_unit

  let set_ips t ips =
    Lwt_list.iter_s (remove_ip t) (get_ips t) >>= fun () ->
    Lwt_list.iter_s (add_ip t) ips

  let connect ethernet =
    let mac = Ethernet.mac ethernet in
    let state, _ =
      Arp_handler.create ~timeout:lifetime_ticks ~retries ~capacity:(capacity ()) ~logsrc:src mac
    in
    let t = { ethernet; station = mac; state; ticking = Lwt.return_unit } in
    t.ticking <- tick t;
    Lwt.return t

  let disconnect t =
    Lwt.cancel t.ticking;
    Lwt.return_unit
end
