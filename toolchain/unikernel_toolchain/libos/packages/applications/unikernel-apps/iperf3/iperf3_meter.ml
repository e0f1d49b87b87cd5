type t = {
  id : int;
  sends : bool;
  mutable bytes : int;
  mutable errors : int;
  mutable highest : int;
  mutable left_out : int;
  mutable jitter_s : float;
  mutable transit_s : float;
}

let create ~id ~sends =
  {
    id;
    sends;
    bytes = 0;
    errors = 0;
    highest = 0;
    left_out = 0;
    jitter_s = 0.;
    transit_s = Float.nan;
  }

let add t ~bytes = t.bytes <- t.bytes + bytes
let header_size ~wide = if wide then 16 else 12
let number_offset = 8

let write_header t ~wide ~now_ns buffer =
  t.highest <- t.highest + 1;
  let micros = Int64.div now_ns 1_000L in
  Cstruct.BE.set_uint32 buffer 0 (Int64.to_int32 (Int64.div micros 1_000_000L));
  Cstruct.BE.set_uint32 buffer 4 (Int64.to_int32 (Int64.rem micros 1_000_000L));
  if wide then Cstruct.BE.set_uint64 buffer number_offset (Int64.of_int t.highest)
  else Cstruct.BE.set_uint32 buffer number_offset (Int32.of_int t.highest)

let unsigned number = Int32.to_int number land 0xffff_ffff

let number ~wide buffer =
  if wide then Int64.to_int (Cstruct.BE.get_uint64 buffer number_offset)
  else unsigned (Cstruct.BE.get_uint32 buffer number_offset)

let sent_s buffer =
  let field offset = float_of_int (unsigned (Cstruct.BE.get_uint32 buffer offset)) in
  field 0 +. (field 4 /. 1e6)

(* A datagram that comes late was counted as lost before. *)
let note_number t number =
  if number > t.highest then (
    t.errors <- t.errors + (number - t.highest - 1);
    t.highest <- number)
  else t.errors <- Int.max 0 (t.errors - 1)

(* Interarrival jitter (RFC 3550, section 6.4.1). *)
let note_transit t transit_s =
  if not (Float.is_nan t.transit_s) then
    t.jitter_s <- t.jitter_s +. ((Float.abs (transit_s -. t.transit_s) -. t.jitter_s) /. 16.);
  t.transit_s <- transit_s

let add_datagram t ~wide ~now_ns buffer =
  add t ~bytes:(Cstruct.length buffer);
  if Cstruct.length buffer >= header_size ~wide then (
    note_number t (number ~wide buffer);
    note_transit t ((Int64.to_float now_ns /. 1e9) -. sent_s buffer))

let reset t =
  t.bytes <- 0;
  t.left_out <- t.highest;
  t.errors <- 0;
  t.jitter_s <- 0.

let result t ~duration_s =
  {
    Iperf3_protocol.id = t.id;
    bytes = t.bytes;
    jitter_s = t.jitter_s;
    errors = t.errors;
    packets = t.highest - t.left_out;
    duration_s;
  }
