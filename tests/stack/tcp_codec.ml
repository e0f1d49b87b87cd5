(* packages: tcpip.tcp virtual-network *)
(* Headers survive writing and reading; damaged ones are refused, none raises. *)

open Case

let random n = Random.State.int Seeded.state n
let word () = Random.State.bits Seeded.state lor (random 4 lsl 30)
let sequence () = Tcp_sequence.of_int (word ())
let maybe f = if Random.State.bool Seeded.state then Some (f ()) else None

let options ~syn =
  let timestamps = maybe (fun () -> { Tcp_segment.value = word (); echo = word () }) in
  if syn then
    {
      Tcp_segment.mss = maybe (fun () -> random 65_536);
      window_shift = maybe (fun () -> random 15);
      sack_permitted = Random.State.bool Seeded.state;
      timestamps;
      sack = [];
    }
  else
    let block _ = (sequence (), sequence ()) in
    { Tcp_segment.no_options with timestamps; sack = List.init (random 4) block }

let segment () =
  let control =
    match random 4 with 0 -> Tcp_segment.Plain | 1 -> Syn | 2 -> Fin | _ -> Reset
  in
  let acknowledgement =
    match control with
    | Plain | Fin -> Some (sequence ())
    | Syn | Reset -> maybe sequence
  in
  {
    Tcp_segment.source_port = random 65_536;
    destination_port = random 65_536;
    sequence = sequence ();
    acknowledgement;
    control;
    push = Random.State.bool Seeded.state;
    window = random 65_536;
    options = options ~syn:(control = Syn);
  }

let written segment payload =
  let length = Tcp_segment.header_length segment in
  let buffer = Cstruct.create (length + Cstruct.length payload) in
  Tcp_segment.write segment buffer;
  Cstruct.blit payload 0 buffer length (Cstruct.length payload);
  buffer

let round_trip () =
  let segment = segment () and payload = Seeded.bytes (random 100) in
  match Tcp_segment.parse (written segment payload) with
  | Error why -> failwith why
  | Ok (found, rest) ->
      check (Format.asprintf "%a" Tcp_segment.pp segment) (segment = found);
      check "payload" (Cstruct.equal payload rest)

let packet_round_trip () =
  let buffer = written (segment ()) Cstruct.empty in
  match Tcp_packet.Unmarshal.of_cstruct buffer with
  | Error why -> failwith why
  | Ok (packet, payload) ->
      let pseudoheader = Seeded.bytes 12 in
      let again = Tcp_packet.Marshal.make_cstruct ~pseudoheader ~payload packet in
      let sum = Tcpip_checksum.ones_complement_list [ pseudoheader; again ] in
      equal string_of_int "checksum" 0 sum;
      match Tcp_packet.Unmarshal.of_cstruct again with
      | Ok (found, rest) ->
          check "header" (Tcp_packet.equal packet found && Cstruct.length rest = 0)
      | Error why -> failwith why

let refused what bytes =
  case what (fun () ->
      check "parsed all the same" (Result.is_error (Tcp_segment.parse (hex bytes))))

let ports = "0001 0002 00000001 00000002 "

let () =
  case "segments survive writing and reading" (fun () ->
      for _ = 1 to 20_000 do
        round_trip ()
      done);
  case "packets survive reading and writing" (fun () ->
      for _ = 1 to 20_000 do
        packet_round_trip ()
      done);
  refused "header cut short" "0001 0002 0000";
  refused "data offset below 20 bytes" (ports ^ "4010 1000 0000 0000");
  refused "data offset beyond the packet" (ports ^ "6010 1000 0000 0000");
  refused "no flags" (ports ^ "5000 1000 0000 0000");
  refused "SYN with FIN" (ports ^ "5003 1000 0000 0000");
  refused "SYN with RST" (ports ^ "5006 1000 0000 0000");
  refused "FIN without ACK" (ports ^ "5001 1000 0000 0000");
  refused "option of length 0" (ports ^ "6010 1000 0000 0000 0200 0000");
  refused "option beyond the header" (ports ^ "6010 1000 0000 0000 0101 0204");
  refused "MSS of the wrong size" (ports ^ "6002 1000 0000 0000 0203 0501");
  refused "SACK of half a block" (ports ^ "7010 1000 0000 0000 0506 0000 0001 0101");
  case "a window shift above 14 counts as 14" (fun () ->
      match Tcp_segment.parse (hex (ports ^ "6002 1000 0000 0000 0303 ff00")) with
      | Ok ({ options = { window_shift = Some 14; _ }; _ }, _) -> ()
      | Ok _ | Error _ -> failwith "it does not");
  case "sequence arithmetic wraps" (fun () ->
      let top = Tcp_sequence.of_int 0xffff_fff0 and low = Tcp_sequence.of_int 16 in
      check "lt" (Tcp_sequence.lt top low && Tcp_sequence.gt low top);
      equal string_of_int "difference" 32 (Tcp_sequence.difference low top);
      let near = (1 lsl 32) + 0xffff_fff0 in
      equal string_of_int "unwrap" ((1 lsl 33) + 16) (Tcp_sequence.unwrap ~near low))
