(* Buffers of two sizes, used again and again. A slot stands for a place in the device's
   queue, and holds its buffer alive until the device has sent it. *)

module Device = Netif_device

type pool = {
  size : int;
  max_buffers : int;
  mutable created : int;
  mutable free : Cstruct.buffer list;
}

type t = {
  device : Device.t;
  small : pool;
  large : pool;
  in_flight : Cstruct.buffer array;  (** by slot *)
  free_slots : int array;  (** a stack *)
  mutable free_slot_count : int;
}

let small_size = 2048
let large_size = 65_600
let pool size max_buffers = { size; max_buffers; created = 0; free = [] }

let create (device : Device.t) ~large_max =
  let slots = device.send_slots in
  {
    device;
    small = pool small_size slots;
    large = pool large_size large_max;
    in_flight = Array.make slots (Bigarray.Array1.create Char C_layout 0);
    free_slots = Array.init slots Fun.id;
    free_slot_count = slots;
  }

let put_back t buffer =
  let pool =
    if Bigarray.Array1.dim buffer = small_size then t.small else t.large
  in
  pool.free <- buffer :: pool.free

let rec reclaim t =
  let slot = Device.sent t.device.handle in
  if slot >= 0 then (
    put_back t t.in_flight.(slot);
    t.free_slots.(t.free_slot_count) <- slot;
    t.free_slot_count <- t.free_slot_count + 1;
    reclaim t)

let take pool =
  match pool.free with
  | buffer :: rest ->
      pool.free <- rest;
      Some buffer
  | [] when pool.created < pool.max_buffers ->
      pool.created <- pool.created + 1;
      Some (Bigarray.Array1.create Char C_layout pool.size)
  | [] -> None

let buffer t size =
  if t.free_slot_count = 0 then None
  else take (if size <= small_size then t.small else t.large)

(* There are as many slots as places in the device's queue. *)
let send t buffer ~length =
  t.free_slot_count <- t.free_slot_count - 1;
  let slot = t.free_slots.(t.free_slot_count) in
  t.in_flight.(slot) <- buffer;
  let queued = Device.send t.device.handle buffer length slot in
  assert (queued <> 0)
