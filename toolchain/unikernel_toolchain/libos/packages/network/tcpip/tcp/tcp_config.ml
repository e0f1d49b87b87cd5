type algorithm = Newreno | Cubic

type t = {
  algorithm : algorithm;
  receive_buffer : int;
  receive_buffer_max : int;
  receive_total : int;
  send_buffer : int;
  send_buffer_max : int;
  send_total : int;
  rto_initial_ns : int;
  rto_min_ns : int;
  rto_max_ns : int;
  syn_retries : int;
  retries : int;
  delayed_ack_ns : int;
  closing_ns : int;
  closing_rate : int;
  fin_wait_2_ns : int;
  linger_ns : int;
  linger_bytes : int;
  time_wait_ns : int;
  time_wait_max : int;
  backlog : int;
  connections_max : int;
  challenge_interval_ns : int;
  resets_a_second : int;
}

let ms n = n * 1_000_000
let s n = ms (n * 1000)
let kib n = n * 1024
let mib n = kib (n * 1024)
let between least most n = Int.max least (Int.min most n)

(* OCaml's heap holds up to as much garbage as live data, so all that strangers
   can make a guest keep is to stay below half of it: an eighth each way, and a
   quarter for connections. One of these takes 2 KiB, as much again for its
   program, and in the end the two segments that every connection may hold. *)
let connection_share = kib 16

(* Half-open, and in TIME-WAIT: a 64th of the memory each. *)
let half_open_share = kib 256
let time_wait_share = kib 32

let of_memory bytes =
  let total = bytes / 8 in
  let buffer_max = between (kib 64) (kib 4096) (total / 2) in
  let buffer = Int.min (kib 256) buffer_max in
  {
    algorithm = Cubic;
    receive_buffer = buffer;
    receive_buffer_max = buffer_max;
    receive_total = total;
    send_buffer = buffer;
    send_buffer_max = buffer_max;
    send_total = total;
    rto_initial_ns = s 1;
    rto_min_ns = ms 200;
    rto_max_ns = s 60;
    syn_retries = 6;
    retries = 12;
    delayed_ack_ns = ms 40;
    closing_ns = s 60;
    closing_rate = kib 4;
    fin_wait_2_ns = s 60;
    linger_ns = s 2;
    linger_bytes = mib 1;
    time_wait_ns = s 60;
    time_wait_max = between 128 16_384 (bytes / time_wait_share);
    backlog = between 32 256 (bytes / half_open_share);
    connections_max = between 64 65_536 (bytes / connection_share);
    challenge_interval_ns = ms 100;
    resets_a_second = 1000;
  }

let default = of_memory (mib 128)
