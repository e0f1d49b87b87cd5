type conditions = {
  rate : int;
  queue : int;
  delay_ns : int;
  loss : float;
  reorder : float;
  reorder_ns : int;
  duplicate : float;
  corrupt : float;
  mtu : int;
  tells : bool;
}

let perfect =
  {
    rate = 100_000_000;
    queue = 1_000_000;
    delay_ns = 1_000_000;
    loss = 0.;
    reorder = 0.;
    reorder_ns = 0;
    duplicate = 0.;
    corrupt = 0.;
    mtu = 0xffff;
    tells = true;
  }

type t = {
  events : Tcp_events.t;
  random : Random.State.t;
  mutable conditions : conditions;
  deliver : Cstruct.t -> unit;
  refuse : Cstruct.t -> mtu:int -> unit;
  mutable free_at : int;  (* when the last byte queued has left *)
  mutable frames : int;
  mutable too_long : int;
}

let create events random conditions ~refuse deliver =
  { events; random; conditions; deliver; refuse; free_at = 0; frames = 0; too_long = 0 }

let set_conditions t conditions = t.conditions <- conditions
let too_long t = t.too_long
let frames t = t.frames
let chance t p = p > 0. && Random.State.float t.random 1. < p

(* A stand-in for the pseudo-header's sum: both ends share it. *)
let seal frame =
  Tcp_wire.set_tcp_checksum frame 0;
  Tcp_wire.set_tcp_checksum frame (Tcpip_checksum.ones_complement frame)

let flip_a_bit t frame =
  let copy = Cstruct.of_string (Cstruct.to_string frame) in
  let at = Random.State.int t.random (Cstruct.length copy) in
  let bit = 1 lsl Random.State.int t.random 8 in
  Cstruct.set_uint8 copy at (Cstruct.get_uint8 copy at lxor bit);
  copy

let arrive t frame =
  if Tcpip_checksum.ones_complement frame = 0 then t.deliver frame

let leave t frame ~sent_at =
  let c = t.conditions in
  let extra =
    if chance t c.reorder then Random.State.int t.random (1 + c.reorder_ns) else 0
  in
  let frame = if chance t c.corrupt then flip_a_bit t frame else frame in
  if not (chance t c.loss) then
    Tcp_events.at t.events (sent_at + c.delay_ns + extra) (fun () -> arrive t frame)

let transmission_ns t frame = Cstruct.length frame * 1_000_000_000 / t.conditions.rate

let ip_header_bytes = 20

let refuse t frame =
  let { mtu; tells; delay_ns; _ } = t.conditions in
  t.too_long <- t.too_long + 1;
  let there_and_back = Tcp_events.now t.events + (2 * delay_ns) in
  if tells then Tcp_events.at t.events there_and_back (fun () -> t.refuse frame ~mtu)

let enqueue t frame =
  let now = Tcp_events.now t.events in
  let queued_ns = max 0 (t.free_at - now) in
  let queued = queued_ns / 1000 * t.conditions.rate / 1_000_000 in
  if queued + Cstruct.length frame <= t.conditions.queue then begin
    t.free_at <- max now t.free_at + transmission_ns t frame;
    let sent_at = t.free_at in
    leave t frame ~sent_at;
    if chance t t.conditions.duplicate then leave t frame ~sent_at
  end

let pass t frame =
  t.frames <- t.frames + 1;
  if Cstruct.length frame + ip_header_bytes > t.conditions.mtu then refuse t frame
  else enqueue t frame

let frame_of segment payload =
  let header_length = Tcp_segment.header_length segment in
  let frame = Cstruct.create (header_length + Cstruct.length payload) in
  Tcp_segment.write segment frame;
  Cstruct.blit payload 0 frame header_length (Cstruct.length payload);
  seal frame;
  frame

let rec cut t (segment : Tcp_segment.t) payload ~unit_size =
  if Cstruct.length payload <= unit_size then pass t (frame_of segment payload)
  else begin
    let first, rest = Cstruct.split payload unit_size in
    pass t (frame_of { segment with control = Plain; push = false } first);
    let sequence = Tcp_sequence.(add segment.sequence (of_int unit_size)) in
    cut t { segment with sequence } rest ~unit_size
  end

let send t segment payload ~length ~unit_size =
  let payload = Cstruct.concat payload in
  assert (Cstruct.length payload = length);
  cut t segment payload ~unit_size
