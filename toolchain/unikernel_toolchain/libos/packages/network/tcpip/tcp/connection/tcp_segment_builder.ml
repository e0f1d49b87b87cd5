(* Headers from the TCB as it is at this moment: building one takes the window to be
   advertised, which commits the receiving side to it (Tcp_receive.window_field). *)

open Tcp_tcb

let timestamps c ~now =
  if c.timestamps then
    Some { Tcp_segment.value = stamp c ~now; echo = c.ts_recent }
  else None

(* 40 bytes of options hold four blocks, three beside timestamps (RFC 2018 section
   3). *)
let blocks c =
  let room = if c.timestamps then 3 else 4 in
  if c.sack then Tcp_receive.sack c.receive ~room else []

let options c ~now sack =
  match timestamps c ~now with
  | None when sack = [] -> Tcp_segment.no_options
  | timestamps -> { Tcp_segment.no_options with timestamps; sack }

(* An active SYN offers everything, a SYN in answer what the peer offered. *)
let syn_options c ~now =
  let active = c.state = Syn_sent in
  let stamps =
    if active then Some { Tcp_segment.value = stamp c ~now; echo = 0 }
    else timestamps c ~now
  in
  let scales = active || c.scaled in
  {
    Tcp_segment.mss = Some c.local_mss;
    window_shift = (if scales then Some (window_shift c.config) else None);
    sack_permitted = active || c.sack;
    timestamps = stamps;
    sack = [];
  }

let segment c ~now ~sequence ~control ~push ~sack =
  let acknowledges = c.state <> Syn_sent in
  let window = Tcp_receive.window_field c.receive in
  let acknowledgement =
    if acknowledges then
      Some (Tcp_sequence.of_int (Tcp_receive.next c.receive))
    else None
  in
  {
    Tcp_segment.source_port = c.local_port;
    destination_port = c.remote_port;
    sequence = Tcp_sequence.of_int sequence;
    acknowledgement;
    control;
    push;
    window;
    options = options c ~now sack;
  }

let syn c ~now =
  let syn = segment c ~now ~sequence:c.iss ~control:Syn ~push:false ~sack:[] in
  let window = Tcp_receive.initial_window c.receive in
  { syn with window; options = syn_options c ~now }

let data c ~now ~sequence ~control ~push =
  segment c ~now ~sequence ~control ~push ~sack:[]

let acknowledgement c ~now ~sequence =
  segment c ~now ~sequence ~control:Plain ~push:false ~sack:(blocks c)

let reset c ~now =
  segment c ~now ~sequence:c.nxt ~control:Reset ~push:false ~sack:[]

(* RFC 9293 section 3.10.7.1: the number that the sender must find acceptable is the
   one that its own segment names. *)
let reply_reset (h : Tcp_segment.t) ~payload =
  let answer sequence acknowledgement =
    Some
      {
        Tcp_segment.source_port = h.destination_port;
        destination_port = h.source_port;
        sequence;
        acknowledgement;
        control = Reset;
        push = false;
        window = 0;
        options = Tcp_segment.no_options;
      }
  in
  match (h.control, h.acknowledgement) with
  | Reset, _ -> None
  | (Plain | Syn | Fin), Some acknowledged -> answer acknowledged None
  | (Plain | Syn | Fin), None ->
      let length = Tcp_segment.sequence_length h ~payload in
      let next = Tcp_sequence.(add h.sequence (of_int length)) in
      answer Tcp_sequence.zero (Some next)
