(* A network interface over the platform's rings. Frames are received in bursts, between
   which everybody else has a turn. Buffers come from a pool that the C side fills; they
   are outside OCaml's heap and come back when the collector finds them, so collections
   are asked for by how many are left. *)

module Device = Netif_device
module Send = Netif_send
module Headroom = Mirage_net_headroom

let src = Logs.Src.create "netif" ~doc:"Network interfaces"

module Log = (val Logs.src_log src : Logs.LOG)

type error = Mirage_net.Net.error

let pp_error = Mirage_net.Net.pp_error

type t = {
  device : Device.t;
  send : Send.t;
  capabilities : Headroom.capabilities;
  ring : int;  (** buffers that the device has to receive into *)
  mutable listener : int;  (** the latest call to listen has this number *)
  mutable frames_received : int;  (** frames received *)
  mutable minor_at : int;  (** [frames_received] when buffers were last looked for ... *)
  mutable major_at : int;  (** ... in all of the heap *)
  mutable waiting : int;  (** writes that wait for room *)
  room : unit Lwt_condition.t;  (** there is some again *)
  turn : Lwt_mutex.t;  (** of the first of them *)
  mutable is_open : bool;
  stats : Mirage_net.stats;
}

let ethernet_header = 14
let small_size = 2048
let large_size = 65_600

(* The device's share of the heap, as buffers. *)
let share size ~part ~least ~most =
  let heap = (Os_memory.quick_stat ()).heap_words * (Sys.word_size / 8) in
  Int.max least (Int.min most (heap / part / size))

let small_share () = share small_size ~part:32 ~least:32 ~most:256
let large_share () = share large_size ~part:16 ~least:4 ~most:64

let fill (device : Device.t) =
  let small = small_share () and large = large_share () in
  if device.offers.coalescing || device.mtu + ethernet_header + 64 > small_size
  then (
    Device.fill device.handle small (2 * large) large;
    large)
  else (
    Device.fill device.handle (2 * small) 0 small;
    small)

let open_device name =
  let device = Device.acquire name in
  let offers = device.offers in
  {
    device;
    send = Send.create device ~large_max:(large_share ());
    capabilities =
      {
        checksum = offers.checksum;
        segmentation_v4 = offers.segmentation_v4;
        segmentation_v6 = offers.segmentation_v6;
      };
    ring = fill device;
    listener = 0;
    frames_received = 0;
    minor_at = 0;
    major_at = 0;
    waiting = 0;
    room = Lwt_condition.create ();
    turn = Lwt_mutex.create ();
    is_open = true;
    stats = Mirage_net.Stats.create ();
  }

let connect name =
  match open_device name with
  | t -> Lwt.return t
  | exception Failure why ->
      Lwt.fail_with (Printf.sprintf "Netif.connect %S: %s." name why)

let mac t = t.device.mac
let mtu t = t.device.mtu
let get_stats_counters t = t.stats
let reset_stats_counters t = Mirage_net.Stats.reset t.stats

(* {1 Sending} *)

let frame_max t = t.device.mtu + ethernet_header

let longest t =
  let { Headroom.segmentation_v4; segmentation_v6; _ } = t.capabilities in
  if segmentation_v4 || segmentation_v6 then 65_535 + ethernet_header
  else frame_max t

let has_valid_length t frame ~size length =
  length >= ethernet_header && length <= size
  && (length <= frame_max t || Headroom.is_segmented frame)

(* A short frame begins with zeros, so that no earlier frame's bytes leave as padding. *)
let send_frame t buffer ~size fill =
  Headroom.mark t.capabilities buffer;
  let frame = Cstruct.of_bigarray ~off:Headroom.size ~len:size buffer in
  if size <= frame_max t then Cstruct.memset frame 0;
  match fill frame with
  | exception e ->
      Send.put_back t.send buffer;
      Lwt.fail e
  | length when has_valid_length t frame ~size length ->
      Send.send t.send buffer ~length;
      Mirage_net.Stats.tx t.stats (Int64.of_int length);
      Lwt.return_ok ()
  | _ ->
      Send.put_back t.send buffer;
      Lwt.return_error `Invalid_length

let wait handle = Os_main.wait_for_work_on_handle (Int64.of_int handle)

(* Answers that cannot leave would pile up: while so many wait, no more frames are
   taken in. *)
let waiting_max = 64

(* [None]: there is no room. *)
let write_now t ~size fill =
  if not t.is_open then Some (Lwt.return_error `Disconnected)
  else (
    Send.reclaim t.send;
    let send buffer = send_frame t buffer ~size fill in
    Option.map send (Send.buffer t.send (Headroom.size + size)))

let rec write_when_there_is_room t ~size fill =
  match write_now t ~size fill with
  | Some written -> written
  | None ->
      Device.await_sent t.device.handle;
      Lwt.bind
        (wait (t.device.handle + Device.sent_handle))
        (fun () -> write_when_there_is_room t ~size fill)

let wait_no_more t () =
  t.waiting <- t.waiting - 1;
  if t.waiting < waiting_max then Lwt_condition.broadcast t.room ();
  Lwt.return_unit

(* The first waits for room, all others for their turn: frames leave in the order in which
   they were written, even if room is made while writers are woken. *)
let write_queued t ~size fill =
  t.waiting <- t.waiting + 1;
  Lwt_mutex.with_lock t.turn (fun () ->
      Lwt.finalize
        (fun () -> write_when_there_is_room t ~size fill)
        (wait_no_more t))

let write t ~size fill =
  if size > longest t then Lwt.return_error `Invalid_length
  else if t.waiting > 0 then write_queued t ~size fill
  else
    match write_now t ~size fill with
    | Some written -> written
    | None -> write_queued t ~size fill

(* {1 Receiving} *)

(* Enough to share the cost of a turn, little enough to answer in time. *)
let burst_max = 64
let burst_min = 8

(* A burst ends where frames would have to be copied for want of buffers. *)
let burst_size t =
  Int.max burst_min (Int.min burst_max (Device.spare t.device.handle))

let failed = function
  | Out_of_memory -> raise Out_of_memory
  | e -> Log.err (fun m -> m "listen: %s" (Printexc.to_string e))

let deliver t callback length =
  let buffer = Device.take t.device.handle in
  Headroom.mark_received t.capabilities buffer;
  t.frames_received <- t.frames_received + 1;
  Mirage_net.Stats.rx t.stats (Int64.of_int length);
  let frame = Cstruct.of_bigarray ~off:Headroom.size ~len:length buffer in
  Lwt.dont_wait (fun () -> callback frame) failed

let is_listening t number = t.is_open && t.listener = number

let rec burst t number callback left =
  let length = Device.receive t.device.handle in
  if length > 0 then (
    deliver t callback length;
    if left > 1 && is_listening t number then burst t number callback (left - 1))

(* To go through 3 KiB of heap costs a twentieth of receiving a long frame. *)
let frames_worth_major () =
  (Gc.quick_stat ()).heap_words * (Sys.word_size / 8) / (3 * 1024)

(* Buffers that nothing holds any more are the collector's to find. Once the
   application had its turn after a burst the fewest are in use: a minor collection
   then finds nearly all and promotes hardly any. What others promoted takes a major
   one, which the runtime cannot pace: it knows nothing of these buffers' sizes. *)
let find_buffers t =
  let spare () = Device.spare t.device.handle in
  if spare () < t.ring / 2 && t.frames_received - t.minor_at >= burst_min then (
    t.minor_at <- t.frames_received;
    Gc.minor ());
  if spare () < burst_min && t.frames_received - t.major_at >= frames_worth_major () then (
    t.major_at <- t.frames_received;
    Gc.major ())

(* One for the application to read, one for the protocols to answer. *)
let yield () = Lwt.bind (Lwt.pause ()) Lwt.pause

(* No more is taken in while answers cannot leave: the ring fills, and senders notice. *)
let rec receive_loop t number callback =
  let continue () = receive_loop t number callback in
  let before = t.frames_received in
  if not (is_listening t number) then Lwt.return_ok ()
  else if t.waiting >= waiting_max then
    Lwt.bind (Lwt_condition.wait t.room) continue
  else (
    burst t number callback (burst_size t);
    if t.frames_received = before then Lwt.bind (wait t.device.handle) continue
    else
      Lwt.bind (yield ()) (fun () ->
          find_buffers t;
          continue ()))

let received t = 1 lsl t.device.handle

let listen t ~header_size:_ callback =
  t.listener <- t.listener + 1;
  Os_handles.wake (received t);
  receive_loop t t.listener callback

let disconnect t =
  t.is_open <- false;
  Os_handles.wake (received t lor (received t lsl Device.sent_handle));
  Lwt.return_unit
