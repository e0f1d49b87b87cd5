(* packages: tcp-simulation virtual-network *)
(* What a 64 KiB segment costs on this machine, in ns: reported, not judged. *)

let rounds = Case.setting "STACK_BENCHMARK" 20_000
let burst = 64_240 (* 44 segments of 1460 bytes *)

let report what seconds =
  Printf.printf "        %-34s %6.0f ns\n" what (seconds *. 1e9 /. float_of_int rounds)

let timed what act =
  Gc.full_major ();
  let before = Sys.time () and allocated = Gc.minor_words () in
  for i = 1 to rounds do
    act i
  done;
  report what (Sys.time () -. before);
  let words = (Gc.minor_words () -. allocated) /. float_of_int rounds in
  Printf.printf "        %-34s %6.0f words\n" "  allocated" words

let no_emit _ _ ~length:_ ~unit_size:_ = ()
let config = { Tcp_config.default with receive_buffer = 1 lsl 20 }

let established () =
  let t = Tcp_script.established ~config ~options:Tcp_script.modern () in
  let tcb = Tcp_script.tcb t in
  Tcp_connection.set_tso_max tcb 0xffff;
  (t, tcb)

let stamps i = Some { Tcp_segment.value = 2000 + (i / 1000); echo = 10 }
let options i = { Tcp_segment.no_options with timestamps = stamps i }

let header (tcb : Tcp_tcb.t) i =
  {
    Tcp_segment.source_port = 80;
    destination_port = 4000;
    sequence = Tcp_sequence.of_int (Tcp_receive.next tcb.receive);
    acknowledgement = Some (Tcp_sequence.of_int tcb.nxt);
    control = Plain;
    push = false;
    window = 0xffff;
    options = options i;
  }

let input tcb ~now i payload =
  match Tcp_connection.input tcb ~now ~unit_size:1448 (header tcb i) payload with
  | Done -> ()
  | Send_reset -> failwith "stray"

let send () =
  let _, tcb = established () in
  let data = Cstruct.create burst in
  timed "send and have acknowledged" (fun i ->
      let now = (20 + i) * 1_000_000 in
      Tcp_connection.write tcb [ data ];
      Tcp_connection.flush tcb ~now no_emit;
      input tcb ~now i Cstruct.empty)

let receive () =
  let _, tcb = established () in
  let data = Cstruct.create burst in
  timed "receive, read and acknowledge" (fun i ->
      let now = (20 + i) * 1_000_000 in
      input tcb ~now i data;
      ignore (Tcp_connection.read tcb ~now : Cstruct.t option);
      Tcp_connection.flush tcb ~now no_emit)

let parse () =
  let _, tcb = established () in
  let segment = header tcb 1 in
  let frame = Cstruct.create (Tcp_segment.header_length segment + burst) in
  Tcp_segment.write segment frame;
  timed "parse" (fun _ -> ignore (Tcp_segment.parse frame));
  timed "write a header" (fun _ -> Tcp_segment.write segment frame);
  timed "checksum of 64 KiB" (fun _ ->
      ignore (Tcpip_checksum.ones_complement frame : int))

let () = Case.case "the core" (fun () -> send (); receive (); parse ())
