open Lwt.Infix
module Headroom = Mirage_net_headroom

type conditions = {
  delay_ns : int64;
  jitter_ns : int64;
  loss : float;
  duplicate : float;
  corrupt : float;
}

let perfect =
  { delay_ns = 10_000L; jitter_ns = 0L; loss = 0.; duplicate = 0.; corrupt = 0. }

type error = Mirage_net.Net.error

let pp_error = Mirage_net.Net.pp_error

type t = {
  segment : segment;
  mac : Macaddr.t;
  mtu : int;
  capabilities : Headroom.capabilities option;
  stats : Mirage_net.stats;
  mutable receive : Cstruct.t -> unit Lwt.t;
  mutable ended : unit Lwt.t * unit Lwt.u;  (** the listening *)
}

and segment = {
  mutable conditions : conditions;
  mutable stations : t list;
  mutable watchers : (Cstruct.t -> unit) list;
}

let segment ?(conditions = perfect) () =
  { conditions; stations = []; watchers = [] }

let set_conditions segment conditions = segment.conditions <- conditions
let watch segment watcher = segment.watchers <- watcher :: segment.watchers
let mac t = t.mac
let mtu t = t.mtu
let get_stats_counters t = t.stats
let reset_stats_counters t = Mirage_net.Stats.reset t.stats

(* The same frame in a buffer of the receiver's own, headroom included. *)
let copy (frame : Cstruct.t) =
  let whole = Cstruct.of_bigarray frame.buffer in
  let bytes = Cstruct.sub (Cstruct.append whole Cstruct.empty) 0 (frame.off + frame.len) in
  Cstruct.shift bytes frame.off

(* What a device does for a receiver that takes only finished frames (virtio
   1.1, section 5.1.6.2). *)
let finished (frame : Cstruct.t) =
  let whole = Cstruct.of_bigarray frame.buffer in
  let field at = Cstruct.LE.get_uint16 whole (Headroom.device_header + at) in
  let plain = Cstruct.append frame Cstruct.empty in
  if Headroom.is_segmented frame then failwith "no device here cuts segments";
  if Headroom.checksum_verified frame then begin
    let summed = Cstruct.shift plain (field 6) in
    Cstruct.BE.set_uint16 summed (field 8) (Tcpip_checksum.ones_complement summed)
  end;
  plain

let received station frame =
  if Option.is_none station.capabilities then finished frame else copy frame

let corrupted frame =
  let bit = Random.State.int Seeded.state (8 * Cstruct.length frame) in
  let flipped = Cstruct.get_uint8 frame (bit / 8) lxor (1 lsl (bit land 7)) in
  Cstruct.set_uint8 frame (bit / 8) flipped

let delay c =
  let jitter =
    if c.jitter_ns = 0L then 0L else Random.State.int64 Seeded.state c.jitter_ns
  in
  Int64.add c.delay_ns jitter

let receive station frame =
  Mirage_net.Stats.rx station.stats (Int64.of_int (Cstruct.length frame));
  Lwt.async (fun () -> station.receive frame)

let rec deliver ?(again = true) c frame station =
  if not (Seeded.chance c.loss) then begin
    let frame' = received station frame in
    if Seeded.chance c.corrupt then corrupted frame';
    Lwt.async (fun () ->
        Virtual_time.Time.sleep_ns (delay c) >|= fun () -> receive station frame')
  end;
  if again && Seeded.chance c.duplicate then deliver ~again:false c frame station

let inject t frame =
  Mirage_net.Stats.tx t.stats (Int64.of_int (Cstruct.length frame));
  List.iter (fun watcher -> watcher frame) t.segment.watchers;
  let others = List.filter (fun station -> station != t) t.segment.stations in
  List.iter (deliver t.segment.conditions frame) others

let header_bytes = 14
let max_segmented_bytes = header_bytes + 0xffff

let allocate t size =
  match t.capabilities with
  | Some capabilities -> Headroom.create capabilities size
  | None -> Cstruct.create size

let write t ~size fill =
  let limit = t.mtu + header_bytes in
  let largest = if t.capabilities = None then limit else max_segmented_bytes in
  if size > largest then Lwt.return (Error `Invalid_length)
  else
    let buffer = allocate t size in
    let frame = Cstruct.sub buffer 0 (fill buffer) in
    if Cstruct.length frame > limit && not (Headroom.is_segmented frame) then
      Lwt.return (Error `Invalid_length)
    else begin
      inject t frame;
      Lwt.return (Ok ())
    end

let end_listening t = Lwt.wakeup_later (snd t.ended) ()

let listen t ~header_size:_ callback =
  end_listening t;
  t.ended <- Lwt.wait ();
  t.receive <- callback;
  fst t.ended >|= fun () -> Ok ()

let connect ?capabilities ?(mtu = 1500) segment mac =
  let stats = Mirage_net.Stats.create () in
  let receive _ = Lwt.return_unit in
  let t =
    { segment; mac; mtu; capabilities; stats; receive; ended = Lwt.wait () }
  in
  segment.stations <- t :: segment.stations;
  Lwt.return t

let disconnect t =
  t.segment.stations <- List.filter (fun station -> station != t) t.segment.stations;
  t.receive <- (fun _ -> Lwt.return_unit);
  end_listening t;
  t.ended <- Lwt.wait ();
  Lwt.return_unit
