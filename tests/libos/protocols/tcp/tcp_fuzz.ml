(* packages: tcp-simulation virtual-network *)
(* Random segments and random use: nothing raises, nothing loops, invariants
   hold after every step, and no byte is read that the peer did not send there.
   STACK_FUZZ: how many inputs, a million by default. *)

let inputs = Case.setting "STACK_FUZZ" 1_000_000
let random n = Random.State.full_int Seeded.state n
let one_in n = random n = 0
let flip () = Random.State.bool Seeded.state

(* {2 The parsers} *)

let header = "\x12\x34\x00\x50\x00\x00\x00\x01\x00\x00\x00\x01\x80\x10\x10\x00"

let noise () =
  let bytes = Seeded.bytes (random 90) in
  let known = min (Cstruct.length bytes) (String.length header) in
  if flip () then Cstruct.blit_from_string header 0 bytes 0 known;
  if flip () && Cstruct.length bytes > 13 then
    Cstruct.set_uint8 bytes 12 ((5 + random 11) lsl 4);
  bytes

let parsers () =
  let parsed = ref 0 in
  for _ = 1 to inputs / 4 do
    let bytes = noise () in
    ignore (Tcp_packet.Unmarshal.of_cstruct bytes);
    match Tcp_segment.parse bytes with
    | Error _ -> ()
    | Ok (segment, payload) ->
        incr parsed;
        let length = Tcp_segment.header_length segment in
        Case.check "payload leaves the packet"
          (Cstruct.length payload <= Cstruct.length bytes);
        Case.check "header too long" (length >= 20)
  done;
  Printf.printf "        %d of %d parsed\n" !parsed (inputs / 4)

(* {2 One connection} *)

(* The peer's byte at each position; a wrong one read would show. *)
let text =
  String.init 200_000 (fun i -> Char.chr (((i * 31) + (i / 251)) land 0xff))

type connection = { script : Tcp_script.t; mutable read : int }

let connection () =
  let options = if flip () then Tcp_script.modern else Tcp_script.plain in
  let receive_buffer = 1 lsl (10 + random 8) in
  let config =
    {
      Tcp_config.default with
      receive_buffer;
      receive_buffer_max = receive_buffer * (1 + random 4);
      algorithm = (if flip () then Cubic else Newreno);
    }
  in
  let script =
    match random 4 with
    | 0 -> Tcp_script.syn_sent ~config ()
    | 1 -> Tcp_script.accepted ~config ()
    | _ -> Tcp_script.established ~config ~options ()
  in
  if one_in 3 then (Tcp_script.tcb script).tso_max <- 65_000;
  { script; read = 0 }

let near n spread = n + random (2 * spread) - spread

let options c =
  let timestamps =
    if one_in 4 then None
    else Some { Tcp_segment.value = 0; echo = random 5000 }
  in
  let una = Tcp_script.sent_until c - random 30_000 in
  let block _ =
    let left = una + random 30_000 in
    Tcp_script.our_block left (left + random 5000 - 100)
  in
  let sack = if one_in 3 then List.init (random 4) block else [] in
  { Tcp_segment.no_options with timestamps; sack }

let control () =
  match random 400 with
  | 0 -> Tcp_segment.Fin
  | 1 -> Reset
  | n when n < 10 -> Syn
  | _ -> Plain

let sequence c =
  let next = Tcp_script.received_until c in
  if Tcp_connection.state (Tcp_script.tcb c) = Syn_sent then 0
  else if one_in 20 then random 0x7fff_ffff
  else near next (if flip () then 3 else 3000)

let input s =
  let c = s.script in
  let seq = sequence c in
  let length = if flip () then 0 else random 3000 in
  let available = String.length text - seq + 1 in
  let payload =
    if seq < 1 || available <= 0 then ""
    else String.sub text (seq - 1) (min length available)
  in
  let sent = Tcp_script.sent_until c in
  let ack =
    if one_in 30 then None
    else if flip () then Some sent
    else Some (sent - random 20_000 + random 100)
  in
  let window = if one_in 8 then random 10 else random 65_536 in
  let control = control () in
  let options = options c in
  ignore (Tcp_script.peer c ~control ~seq ?ack ~window ~options payload)

let read s =
  let data = Tcp_script.read s.script in
  let length = String.length data in
  if length > 0 then
    Case.check "bytes read are not those sent there"
      (String.equal data (String.sub text s.read length));
  s.read <- s.read + length

let use s =
  match random 12 with
  | 0 | 1 | 2 -> Tcp_script.write s.script (String.make (1 + random 5000) 'w')
  | 3 | 4 | 5 | 6 -> read s
  | 7 -> if one_in 20 then Tcp_script.close s.script
  | 8 -> Tcp_connection.send_promptly (Tcp_script.tcb s.script)
  | 9 -> ignore (Tcp_script.wait s.script (random 300_000_000))
  | _ -> ignore (Tcp_script.wait s.script (random 3_000_000))

let emitted_max = 5_000

let step s =
  if one_in 3 then use s else input s;
  let sent = Tcp_script.flush s.script in
  Case.check "endless output" (List.length sent < emitted_max);
  Tcp_invariants.check (Tcp_script.tcb s.script)

let is_spent s =
  let state = Tcp_connection.state (Tcp_script.tcb s.script) in
  let life = if state = Established then 2000 else 100 in
  state = Closed || state = Time_wait || s.read > 150_000 || one_in life

let states () =
  let counts = Hashtbl.create 10 and s = ref (connection ()) in
  for _ = 1 to inputs do
    step !s;
    let state = Tcp_connection.state (Tcp_script.tcb !s.script) in
    let name = Format.asprintf "%a" Tcp_state.pp state in
    let count = Option.value (Hashtbl.find_opt counts name) ~default:0 in
    Hashtbl.replace counts name (count + 1);
    if is_spent !s then s := connection ()
  done;
  Hashtbl.iter (Printf.printf "        %-13s %9d steps\n") counts

(* {2 A host} *)

let random_segment () =
  let sequence = Tcp_sequence.of_int (random 0x1_0000_0000) in
  let acknowledged = Tcp_sequence.of_int (random 0x1_0000_0000) in
  let control =
    match random 4 with 0 -> Tcp_segment.Plain | 1 -> Fin | 2 -> Reset | _ -> Syn
  in
  let must = control = Plain || control = Fin in
  {
    Tcp_segment.source_port = 1 + random 50;
    destination_port = 80 + random 2;
    sequence;
    acknowledgement = (if must || flip () then Some acknowledged else None);
    control;
    push = flip ();
    window = random 65_536;
    options = (if flip () then Tcp_script.modern else Tcp_segment.no_options);
  }

(* Answers what the host last sent, so that handshakes come about. *)
let answer (s : Tcp_segment.t) =
  let next = Option.value s.acknowledgement ~default:Tcp_sequence.zero in
  let length = match s.control with Syn | Fin -> 1 | Plain | Reset -> 0 in
  {
    (random_segment ()) with
    source_port = s.destination_port;
    destination_port = s.source_port;
    sequence = next;
    acknowledgement = Some Tcp_sequence.(add s.sequence (of_int length));
    control = (if one_in 5 then Fin else Plain);
    options = { Tcp_segment.no_options with timestamps = s.options.timestamps };
  }

let hosts () =
  let config = { Tcp_config.default with backlog = 8; time_wait_max = 16 } in
  let identity ~local ~remote = Printf.sprintf "%d %d" local remote in
  let host =
    Tcp_endpoint.create config ~secret:"fuzzing" ~identity ~mss:(fun _ -> 1460) ~header_bytes:(fun _ -> 40)
  in
  let last = ref None and sent = ref 0 and opened = ref 0 in
  let emit ~owner:_ ~local:_ ~remote segment _ ~length:_ ~unit_size:_ =
    incr sent;
    last := Some (remote, segment)
  in
  let now = ref 0 in
  let accepted connection =
    incr opened;
    Tcp_connection.close (Tcp_endpoint.tcb connection) ~now:!now;
    Tcp_endpoint.touch host connection
  in
  let listening port =
    if port = 80 then Some { Tcp_endpoint.keepalive = None; accepted } else None
  in
  for i = 1 to inputs do
    now := i * 100_000;
    let remote, segment =
      match !last with
      | Some (remote, segment) when flip () -> (remote, answer segment)
      | Some _ | None -> (random 4, random_segment ())
    in
    let payload = Seeded.bytes (if one_in 4 then random 20 else 0) in
    Tcp_endpoint.input host ~now:!now ~listening ~local:0 ~remote ~unit_size:0 segment payload;
    if one_in 3 then begin
      Tcp_endpoint.poll host ~now:!now emit;
      Tcp_endpoint.notify host
    end;
    Case.check "half-open beyond the backlog"
      (Tcp_endpoint.half_open host >= 0 && Tcp_endpoint.half_open host <= config.backlog + 1);
    Case.check "too many in TIME-WAIT" (Tcp_endpoint.time_waits host <= config.time_wait_max)
  done;
  Printf.printf "        %d segments sent, %d connections accepted\n" !sent !opened

let () =
  Case.case "parsers" parsers;
  Case.case "host" hosts;
  Case.case "state machine" states
