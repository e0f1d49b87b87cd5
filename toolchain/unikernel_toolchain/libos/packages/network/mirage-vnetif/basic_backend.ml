(* Frames are never handed over inside the sender's call: a stack that is in the middle of
   sending would find itself receiving the answer. They go through a queue for each station,
   which is emptied after a pause, and listeners run as tasks of their own, as those of a
   device do. So no sender waits for a receiver who waits for it, and what is queued for
   those who do not wait is bounded. *)

open Lwt.Infix

let src = Logs.Src.create "vnetif" ~doc:"The switch inside the unikernel"

module Log = (val Logs.src_log src : Logs.LOG)

(* Of all switches of the unikernel, whose stations may be bridged. *)
let switches = ref 0

module Make = struct
  type 'a io = 'a Lwt.t
  type buffer = Cstruct.t
  type id = int
  type macaddr = Macaddr.t

  type station = {
    waiting : buffer Queue.t;
    mutable waiting_bytes : int;
    mutable listener : (buffer -> unit io) option;
    mutable running : int;  (** calls of the listener *)
    idle : unit Lwt_condition.t;  (** none runs any more *)
  }

  type t = {
    number : int;
    stations : (id, station) Hashtbl.t;
    yield : unit -> unit io;
    use_async_readers : bool;
    most_waiting_bytes : int;
  }

  let create ?(yield = Lwt.pause) ?(use_async_readers = false) () =
    incr switches;
    {
      number = !switches;
      stations = Hashtbl.create 7;
      yield;
      use_async_readers;
      most_waiting_bytes = Memory_size.part 32;
    }

  let most_stations = 0x1_0000

  let register t =
    let rec free id = if Hashtbl.mem t.stations id then free (id + 1) else id in
    let id = free 0 in
    if id >= most_stations then Error `Unimplemented
    else (
      Hashtbl.replace t.stations id
        {
          waiting = Queue.create ();
          waiting_bytes = 0;
          listener = None;
          running = 0;
          idle = Lwt_condition.create ();
        };
      Ok id)

  (* 02: locally administered, unicast (IEEE 802, section 8.2). *)
  let mac t id =
    let octets = Bytes.make 6 '\x02' in
    Bytes.set octets 1 'V';
    Bytes.set_uint16_be octets 2 (t.number land 0xffff);
    Bytes.set_uint16_be octets 4 id;
    Macaddr.of_octets_exn (Bytes.to_string octets)

  let set_listen_fn t id listener =
    Option.iter (fun station -> station.listener <- Some listener)
      (Hashtbl.find_opt t.stations id)

  (* {1 Frames} *)

  let ended station =
    station.running <- station.running - 1;
    if station.running = 0 then Lwt_condition.broadcast station.idle ()

  let failed = function
    | Out_of_memory -> raise Out_of_memory
    | e -> Log.err (fun m -> m "a listener failed: %s" (Printexc.to_string e))

  let hand_over station frame =
    station.waiting_bytes <- station.waiting_bytes - Cstruct.length frame;
    match station.listener with
    | None -> ()
    | Some listener ->
        station.running <- station.running + 1;
        Lwt.dont_wait
          (fun () -> Lwt.finalize (fun () -> listener frame) (fun () -> ended station; Lwt.return_unit))
          failed

  let rec hand_over_all station =
    match Queue.take_opt station.waiting with
    | None -> ()
    | Some frame ->
        hand_over station frame;
        hand_over_all station

  (* A copy for each: listeners own their buffers. *)
  let enqueue t frame station =
    let bytes = station.waiting_bytes + Cstruct.length frame in
    if station.listener <> None && bytes <= t.most_waiting_bytes then (
      station.waiting_bytes <- bytes;
      Queue.add (Cstruct.append frame Cstruct.empty) station.waiting)

  let others t id =
    Hashtbl.fold (fun other station all -> if other = id then all else station :: all)
      t.stations []

  let send t id frame =
    let receivers = others t id in
    List.iter (enqueue t frame) receivers;
    let deliver () = t.yield () >|= fun () -> List.iter hand_over_all receivers in
    if t.use_async_readers then (
      Lwt.dont_wait deliver failed;
      Lwt.return_ok ())
    else deliver () >|= fun () -> Ok ()

  let write t id ~size fill =
    if not (Hashtbl.mem t.stations id) then Lwt.return_error `Disconnected
    else
      let buffer = Cstruct.create size in
      match fill buffer with
      | exception e -> Lwt.fail e
      | length when length < 0 || length > size -> Lwt.return_error `Invalid_length
      | length -> send t id (Cstruct.sub buffer 0 length)

  (* {1 Ends} *)

  let remove t id =
    let station = Hashtbl.find_opt t.stations id in
    Option.iter (fun station -> station.listener <- None) station;
    Hashtbl.remove t.stations id;
    station

  let unregister t id =
    ignore (remove t id);
    Lwt.return_unit

  let unregister_and_flush t id =
    match remove t id with
    | Some station when station.running > 0 -> Lwt_condition.wait station.idle
    | Some _ | None -> Lwt.return_unit
end
