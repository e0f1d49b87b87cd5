type algorithm = Newreno | Cubic

type t = {
  algorithm : algorithm;
  receive_buffer : int;
  receive_buffer_max : int;
  receive_total : int;
  send_buffer : int;
  send_buffer_max : int;
  rto_initial_ns : int;
  rto_min_ns : int;
  rto_max_ns : int;
  syn_retries : int;
  retries : int;
  delayed_ack_ns : int;
  fin_wait_2_ns : int;
  time_wait_ns : int;
  time_wait_max : int;
  backlog : int;
  connections_max : int;
  challenge_interval_ns : int;
}

let ms n = n * 1_000_000
let s n = ms (n * 1000)
let kib n = n * 1024

let default =
  {
    algorithm = Cubic;
    receive_buffer = kib 256;
    receive_buffer_max = kib 4096;
    receive_total = kib 16_384;
    send_buffer = kib 256;
    send_buffer_max = kib 4096;
    rto_initial_ns = s 1;
    rto_min_ns = ms 200;
    rto_max_ns = s 60;
    syn_retries = 6;
    retries = 12;
    delayed_ack_ns = ms 40;
    fin_wait_2_ns = s 60;
    time_wait_ns = s 60;
    time_wait_max = 4096;
    backlog = 256;
    connections_max = 16_384;
    challenge_interval_ns = ms 100;
  }
