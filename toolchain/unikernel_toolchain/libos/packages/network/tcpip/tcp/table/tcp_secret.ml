type t = string

let create secret = secret

(* Each purpose hashes under a name of its own. *)
let hash t purpose identity =
  let digest = Digest.string (String.concat "\000" [ t; purpose; identity ]) in
  Int32.to_int (String.get_int32_be digest 0) land 0xffff_ffff

let salt t = hash t "table" ""
let tick_ns = 4_000

(* RFC 6528 section 3: ISN = M + F(localip, localport, remoteip, remoteport, secret). *)
let initial_sequence t ~now identity =
  Tcp_sequence.of_int (hash t "sequence" identity + (now / tick_ns))

let ts_offset t identity = hash t "timestamp" identity
let port_offset t identity = hash t "port" identity
let cookie t identity = hash t "cookie" identity land 0xff_ffff
