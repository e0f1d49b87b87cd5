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

(* {2 MirageOS's names} *)

module Wire = Tcp.Tcp_wire

let flags =
  [
    ("FIN", 0x01, Wire.get_fin, Wire.set_fin);
    ("SYN", 0x02, Wire.get_syn, Wire.set_syn);
    ("RST", 0x04, Wire.get_rst, Wire.set_rst);
    ("PSH", 0x08, Wire.get_psh, Wire.set_psh);
    ("ACK", 0x10, Wire.get_ack, Wire.set_ack);
    ("URG", 0x20, Wire.get_urg, Wire.set_urg);
    ("ECE", 0x40, Wire.get_ece, Wire.set_ece);
    ("CWR", 0x80, Wire.get_cwr, Wire.set_cwr);
  ]

let () =
  Case.case "each flag is read and set on its own" (fun () ->
      let each (name, bit, get, set) =
        let header = Cstruct.create Wire.sizeof_tcp in
        Case.check name (not (get header));
        Wire.set_tcp_flags header (0xff lxor bit);
        Case.check (name ^ " is another's") (not (get header));
        set header;
        Case.check name (get header);
        Case.equal string_of_int name 0xff (Wire.get_tcp_flags header)
      in
      List.iter each flags);
  Case.case "the data offset is set in words and read in bytes" (fun () ->
      let header = Cstruct.create Wire.sizeof_tcp in
      Wire.set_data_offset header 5;
      Case.equal string_of_int "byte" 0x50 (Wire.get_tcp_dataoff header);
      Case.equal string_of_int "bytes" 20 (Wire.get_data_offset header);
      let dump = Buffer.create 100 in
      Wire.hexdump_tcp_to_buffer dump header;
      Case.check "dump" (Buffer.length dump >= 3 * Wire.sizeof_tcp));
  Case.case "the pseudo-header of IPv4" (fun () ->
      let header = Cstruct.create Wire.sizeof_tcpv4_pseudo_header in
      Wire.set_tcpv4_pseudo_header_src header 0x0a090001l;
      Wire.set_tcpv4_pseudo_header_dst header 0x0a090002l;
      Wire.set_tcpv4_pseudo_header_res header 0;
      Wire.set_tcpv4_pseudo_header_proto header 6;
      Wire.set_tcpv4_pseudo_header_len header 1480;
      Case.equal_bytes "bytes" (Case.hex "0a090001 0a090002 00 06 05c8") header;
      Case.check "read"
        (Wire.get_tcpv4_pseudo_header_src header = 0x0a090001l
         && Wire.get_tcpv4_pseudo_header_dst header = 0x0a090002l
         && Wire.get_tcpv4_pseudo_header_res header = 0
         && Wire.get_tcpv4_pseudo_header_proto header = 6
         && Wire.get_tcpv4_pseudo_header_len header = 1480))
