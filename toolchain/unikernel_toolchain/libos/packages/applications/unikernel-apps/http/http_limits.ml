type t = {
  header_bytes : int;
  body_bytes : int;
  drain_bytes : int;
  connections : int;
  idle_s : int;
  header_s : int;
  body_s : int;
  body_bytes_per_s : int;
  write_s : int;
  close_s : int;
}

let kib n = 1024 * n

(* A header is kept twice: as it came, and as the parser's text. *)
let default () =
  let header_bytes = Int.min (kib 16) (Memory_size.part 2048) in
  {
    header_bytes;
    body_bytes = max_int;
    drain_bytes = kib 256;
    connections = Memory_size.part 4 / (2 * header_bytes);
    idle_s = 60;
    header_s = 20;
    body_s = 20;
    body_bytes_per_s = 500;
    write_s = 30;
    close_s = 30;
  }
