(* SYN cookies (RFC 4987 section 3.6). The SYN-ACK's sequence number has 32 bits: 5 of
   time, 3 of MSS, 24 of a hash of both with the connection's identity. What does not
   fit, the other options, travels in the timestamp, whose low bits nobody misses; a
   peer without timestamps gets none of them. *)

(* 32 bits: 5 of time, 3 of MSS, 24 of hash. *)

let period_ns = 64_000_000_000
let periods = 32
let time ~now = now / period_ns mod periods

(* The MSS rounds down to one of these. *)
let mss_table = [| 64; 536; 1220; 1360; 1420; 1440; 1460; 8960 |]

let mss_index mss =
  let rec search i = if i = 0 || mss_table.(i) <= mss then i else search (i - 1) in
  search (Array.length mss_table - 1)

let sequence secret ~identity ~irs ~time ~size =
  let irs = string_of_int (Tcp_sequence.to_int irs) in
  let facts = Printf.sprintf "%d %d %s" time size irs in
  let hash = Tcp_secret.cookie secret (identity ^ facts) in
  Tcp_sequence.of_int ((time lsl 27) lor (size lsl 24) lor hash)

(* The timestamp's low 6 bits: SACK permitted, then the window shift, 15 for
   none. It is at most the time of now. *)
let low_bits = 6
let no_shift = 15

let stamp ~offset ~now (options : Tcp_segment.options) =
  let shift = Option.value options.window_shift ~default:no_shift in
  let bits = (Bool.to_int options.sack_permitted lsl 4) lor shift in
  let clock = (now / 1_000_000) + offset in
  let value = ((clock asr low_bits) lsl low_bits) lor bits in
  (if value > clock then value - (1 lsl low_bits) else value) land 0xffff_ffff

let answer_options secret config ~now ~identity ~local_mss
    (offered : Tcp_segment.options) =
  let offset = Tcp_secret.ts_offset secret identity in
  let echo (stamps : Tcp_segment.timestamps) =
    { Tcp_segment.value = stamp ~offset ~now offered; echo = stamps.value }
  in
  let mss = Some local_mss in
  match Option.map echo offered.timestamps with
  | None -> { Tcp_segment.no_options with mss }
  | Some _ as timestamps ->
      let shift _ = Tcp_tcb.window_shift config in
      {
        Tcp_segment.mss;
        window_shift = Option.map shift offered.window_shift;
        sack_permitted = offered.sack_permitted;
        timestamps;
        sack = [];
      }

let answer secret (config : Tcp_config.t) ~now ~identity ~local_mss
    (syn : Tcp_segment.t) =
  let size = mss_index (Option.value syn.options.mss ~default:536) in
  let time = time ~now and irs = syn.sequence in
  {
    Tcp_segment.source_port = syn.destination_port;
    destination_port = syn.source_port;
    sequence = sequence secret ~identity ~irs ~time ~size;
    acknowledgement = Some (Tcp_sequence.succ irs);
    control = Syn;
    push = false;
    window = Int.min config.receive_buffer 0xffff;
    options = answer_options secret config ~now ~identity ~local_mss syn.options;
  }

let decoded ~size (ack : Tcp_segment.t) =
  let mss = Some mss_table.(size) in
  match ack.options.timestamps with
  | None -> { Tcp_segment.no_options with mss }
  | Some { echo; _ } as timestamps ->
      let shift = echo land 15 in
      {
        Tcp_segment.mss;
        window_shift = (if shift = no_shift then None else Some shift);
        sack_permitted = echo land 16 <> 0;
        timestamps;
        sack = [];
      }

let check secret ~now ~identity (ack : Tcp_segment.t) =
  match ack.acknowledgement with
  | None -> None
  | Some acknowledged ->
      let cookie = Tcp_sequence.pred acknowledged in
      let bits = Tcp_sequence.to_int cookie in
      let sent = bits lsr 27 and size = (bits lsr 24) land 7 in
      let age = (time ~now - sent + periods) mod periods in
      let irs = Tcp_sequence.pred ack.sequence in
      let expected = sequence secret ~identity ~irs ~time:sent ~size in
      if age < 2 && expected = cookie then Some (decoded ~size ack)
      else None
